"""What streamlit runs when the application is started by the command line."""

if __name__ == "__main__":
    from eventlive_sim.app.main import main

    main()
