"""The table of benchmarks: what each contender runs at tiny sizes, and what is compared."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.contenders import CONTENDERS, FAST, AbsentError, peer, running
from benchmarks.measure import DifferentError, Entry, Task, Worker, _agree, _turns, growth, measure
from benchmarks.startup import StartUp
from benchmarks.table import document_of, lines_of, main, options, rows_of, slow_rounds, table_of, tasks
from benchmarks.works import Work, desk, pinger

TINY = ["--people", "3", "--sizes", "20,50", "--events", "400", "--slow-events", "300", "--rounds", "2"]
TINY += ["--slow-rounds", "1", "--customers", "9600", "--slow-customers", "4800"]
WORKS = [Work("s1", "before", 2), pinger(50, 400, station=False), pinger(50, 400, station=True), desk(4_800)]


def entries_of(work: Work) -> list[Entry]:
    """Entries of all that run here, in this process; the peers may be absent."""
    found = []
    for name in CONTENDERS:
        if not running(name, work):
            continue
        entry = Entry(work, name)
        try:
            answer = {"peak_kib": 1024} | CONTENDERS[name](work)().document()
            for what in ("event", "visit"):
                if answer[f"{what}s"] is not None:
                    answer[f"ns_{what}"] = answer["seconds"] * 1e9 / answer[f"{what}s"]
            entry.runs[0] = entry.short[0] = answer
        except AbsentError as absent:
            entry.absent = str(absent)
        found.append(entry)
    return found


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_contenders_agree_at_tiny_sizes(work: Work):
    """The engines, and C where it runs, give equal figures; SimPy by hand does about as much."""
    entries = entries_of(work)
    same = [entry.runs[0] for entry in entries if entry.name in {"C", "kernel", "reference"} and entry.runs]
    assert len(same) >= 2
    assert same[0]["figures"]
    assert all(run["figures"] == same[0]["figures"] for run in same)
    by_hand = [entry for entry in entries if entry.name in {"SimPy", "SimPy, bare"}]
    assert len(by_hand) == (2 if work.kind == "s1" else 1)
    what = work.shared.replace("ns_", "") + "s"
    for entry in by_hand:
        assert entry.runs[0][what] == pytest.approx(same[0][what], rel=0.3)


def test_table_says_what_was_measured_and_what_not():
    """Rows of all contenders; ratios are of the named ones; who is absent stands below with what helps."""
    work = pinger(1_000, 5_000, station=True)
    entries = [Entry(work, name) for name in ("C", "kernel", "reference", "SimPy")]
    for number in (0, 1):
        for entry, ns in zip(entries, (50.0, 60.0 + 10 * number, 6_000.0, 3_000.0), strict=True):
            entry.runs[number] = {"ns_event": ns, "events": 10, "seconds": 1.0, "peak_kib": 2_048}
            entry.short[number] = {**entry.runs[number], "ns_event": 2 * ns if entry.name in FAST else ns}
    entries[3] = Entry(work, "SimPy", absent="not installed: pip install it")
    rows = {row["contender"]: row for row in rows_of(entries)}
    assert rows["kernel"]["this_to_C"] == pytest.approx({"median": 1.3, "low": 1.2, "high": 1.4})
    # The reference ran the short work only: it is compared with the kernel's runs of that.
    assert rows["kernel"]["reference_to_this"] == pytest.approx({"median": 325 / 7, "low": 300 / 7, "high": 50})
    assert rows["reference"]["this_to_C"]["median"] == 60
    assert rows["kernel"]["SimPy_to_this"] is None
    started = StartUp("the command", "kernel", 5.0, (1.0, 3.0, 1.5))
    document = document_of(options(["--quick"]), [entries], started)
    assert "alike: kernel on 1, reference on 1." in "\n".join(lines_of(document_of(options([]), [entries[1:]], None)))
    assert json.loads(json.dumps(document))["start_up"]["warm_median_s"] == 1.5
    assert document["events_per_query"] <= 6
    said = "\n".join(lines_of(document))
    assert "alike: C on 1, kernel on 1, reference on 1." in said
    assert "SimPy: not installed: pip install it" in said
    assert "kernel / C 1.30; goal at most 1.5" in said
    assert table_of(document["rows"]).row_count == 4


def test_both_programs_in_simpy_are_shown():
    """The goal is against the one that does the same work; the bare one's ratio stands in the next line."""
    work = Work("s1", "before", 2)
    entries = [Entry(work, name) for name in ("kernel", "SimPy", "SimPy, bare")]
    for entry, ns in zip(entries, (100.0, 8_000.0, 4_000.0), strict=True):
        figures = {"ns_event": 50.0, "ns_visit": ns, "events": 10, "visits": 5, "seconds": 1.0, "peak_kib": 2_048}
        entry.runs[0] = entry.short[0] = figures
    document = document_of(options([]), [entries], None)
    rows = {row["contender"]: row for row in document["rows"]}
    assert rows["kernel"]["SimPy_to_this"]["median"] == 80
    assert rows["kernel"]["bare_to_this"]["median"] == 40
    assert rows["SimPy"]["bare_to_this"]["median"] == 0.5
    assert rows["SimPy, bare"]["bare_to_this"] is None
    said = lines_of(document)
    at = said.index("S1 before, 2 people: SimPy / kernel 80; goal at least 100")
    assert said[at + 1] == "S1 before, 2 people: SimPy, bare / kernel 40; goal none, as it does less"
    assert any("SimPy, bare, makes a like number of visits" in line for line in said)
    assert table_of(document["rows"]).row_count == 3


def test_bare_program_is_of_s1_before_only():
    """Pingers and desks have one program in SimPy."""
    assert [work.name for work in [*WORKS, Work("s1", "after", 2)] if running("SimPy, bare", work)] == [WORKS[0].name]


def test_contenders_take_turns():
    """All on one length, then the fast on the long one; a work of one length runs once a round."""
    long, short = pinger(50, 900, station=True), pinger(50, 300, station=True)
    names = ["C", "kernel", "reference"]
    both = list(_turns(Task(long, short), names, all_run=True, fast_run=True))
    assert both == [(short, "C"), (short, "kernel"), (short, "reference"), (long, "C"), (long, "kernel")]
    assert list(_turns(Task(long, short), names, all_run=False, fast_run=True)) == both[3:]
    once = list(_turns(Task(short, short), names, all_run=True, fast_run=True))
    assert once == [(short, "C"), (short, "kernel"), (short, "reference")]


@pytest.mark.parametrize("arguments", [[], ["--quick"]])
def test_nothing_is_too_short_to_be_compared(arguments: list[str]):
    """However many people: half of them have called when the shortest run ends."""
    given = options(arguments)
    pingers = [work for task in tasks(given) for work in (task.fast, task.slow) if work.kind == "pinger"]
    assert len(pingers) >= 4
    assert all(work.horizon_ns >= 180 * 10**9 for work in pingers)


def test_the_largest_run_less_often():
    """A run of the reference with a million people takes a minute."""
    given = options(["--sizes", "1000,1000000", "--only", "pinger"])
    assert [slow_rounds(task, given) for task in tasks(given)] == [3, 1, 3, 1]


def test_growth_is_an_exponent():
    """A hundred times the people at twice the cost of an event."""
    entries = [
        Entry(pinger(people, 100, station=False), "C", runs={0: {"ns_event": ns}})
        for people, ns in ((10, 5.0), (1_000, 10.0))
    ]
    assert growth(entries) == pytest.approx(1.1505, abs=1e-4)


def test_results_that_differ_fail():
    """A benchmark of something else is none."""
    seen: dict[Work, tuple[str, dict[str, str]]] = {}
    work = WORKS[1]
    _agree(seen, work, "C", {"figures": {"calls": "a", "events": "b"}})
    _agree(seen, work, "kernel", {"figures": {"calls": "a", "events": "b"}})
    with pytest.raises(DifferentError, match=r"50 pingers: C and reference differ in calls"):
        _agree(seen, work, "reference", {"figures": {"calls": "c", "events": "b"}})
    with pytest.raises(DifferentError, match=r"Ciw has a mean wait of 0\.5000 s, theory 0\.20"):
        _agree(seen, desk(80_000), "Ciw", {"wait_s": 0.5})


def test_peer_that_is_absent_says_how_to_get_it():
    """No stack trace for a library that nobody has to have."""
    with pytest.raises(AbsentError, match="pip install no_such_library"):
        peer("no_such_library")(desk(100))


def test_worker_answers_and_ends():
    """A process of its own, with its own peak memory."""
    worker = Worker("SimPy", sys.executable)
    answer = worker.ask(pinger(50, 400, station=True))
    worker.close()
    assert answer["events"] > 100
    assert answer["ns_event"] == answer["seconds"] / answer["events"] * 1e9
    assert answer["peak_kib"] > 5_000
    assert worker.process.returncode == 0


def test_contender_that_breaks_stops_the_command(capfd: pytest.CaptureFixture[str]):
    """What it wrote to stderr is seen; the error says who and on what."""
    broken = Work("s1", "no-such-design")
    with pytest.raises(DifferentError, match="kernel ended while it ran S1 no-such-design"):
        measure(Task(broken, broken), 1, 1, peers_python=sys.executable, say=lambda _: None)
    assert "no-such-design" in capfd.readouterr().err


@pytest.mark.slow
def test_whole_command_at_tiny_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """All parts, each in its processes."""
    path = tmp_path / "figures.json"
    main([*TINY, "--json", str(path)])
    document = json.loads(path.read_text(encoding="utf-8"))
    works = {row["work"] for row in document["rows"]}
    assert {
        "S1 before, 3 people",
        "S1 after, 3 people",
        "20 pingers",
        "50 pingers, 1 servers",
        "M/M/10 at 0.8",
    } <= works
    kernel = [row for row in document["rows"] if row["contender"] == "kernel"]
    assert all(row["peak_kib"] > 50_000 and len(row["runs"]) == 2 and row["reference_to_this"] for row in kernel)
    assert document["start_up"]["cold_s"] > 0
    assert "reference / this" in capsys.readouterr().out
