if __name__ == "__main__":
    from eventlive_sim.app.main import main

    main()
