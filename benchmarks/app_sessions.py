"""Twenty visitors at once, each with a slider moved every ten seconds, beside four long studies: python -m benchmarks.app_sessions.

Visitors speak to the server as a browser does (its WebSocket), without the cost of twenty browsers on the same machine. A
reaction is from sending a slider's new value to the end of the page's run, the new chart included. Each visitor has a seed
of its own, so that nobody profits from another's simulation.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import time
from dataclasses import dataclass, field
from urllib.parse import quote

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.app_server import cpu_s, memory_mb, quantile, server

KNOB = "ping · every"
PEOPLE_OF_STUDIES = 1000
LEVELS = range(6, 17)


@dataclass
class Visitor:
    """One session, and how long it waited each time [s]."""

    address: str
    seed: int
    page: str = "lab"
    query: str = ""
    waits: list[float] = field(default_factory=list)
    slider: str = ""
    options: list[str] = field(default_factory=list)
    trigger: str = ""
    charts: int = 0

    async def run(self, seconds: float, pause: float, doors: asyncio.Barrier | None = None) -> None:
        """Open the page, then move the slider until the time is over."""
        url = f"{self.address.replace('http', 'ws')}/_stcore/stream"
        async with websockets.connect(url, subprotocols=["streamlit"], max_size=None, open_timeout=60) as socket:
            await self._ask(socket, {})
            if not seconds:
                return
            if doors is not None:
                await doors.wait()  # who is still opening the page would make the others wait for something else
            draws = random.Random(self.seed)
            await asyncio.sleep(draws.uniform(0, pause))
            ends = time.monotonic() + seconds
            levels = draws.sample(LEVELS, len(LEVELS))
            while time.monotonic() < ends:
                began = time.monotonic()
                before = self.charts
                await self._ask(socket, {self.slider: float(levels[len(self.waits) % len(levels)])})
                if self.charts == before:
                    raise RuntimeError("no chart came")
                self.waits.append(time.monotonic() - began)
                await asyncio.sleep(max(0.0, pause - (time.monotonic() - began)))

    async def study(self) -> None:
        """Open the page and press Run; the study goes on without its visitor."""
        url = f"{self.address.replace('http', 'ws')}/_stcore/stream"
        async with websockets.connect(url, subprotocols=["streamlit"], max_size=None, open_timeout=60) as socket:
            await self._ask(socket, {})
            message = self._message()
            for state in (("trigger_value", self.trigger), ("bool_value", self.slider)):
                one = message.rerun_script.widget_states.widgets.add()
                one.id = state[1]
                setattr(one, state[0], True)
            await socket.send(message.SerializeToString())
            await self._finished(socket)

    def _message(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.query_string = f"a=before&b=after&s=s1_entry&seed={self.seed}&n=1&lang=en{self.query}"
        message.rerun_script.page_name = self.page
        return message

    async def _ask(self, socket: websockets.ClientConnection, values: dict[str, float]) -> None:
        message = self._message()
        for key, value in values.items():
            one = message.rerun_script.widget_states.widgets.add()
            one.id = key
            one.string_array_value.data.append(self.options[int(value)])
        await socket.send(message.SerializeToString())
        await self._finished(socket)

    async def _finished(self, socket: websockets.ClientConnection) -> None:
        while True:
            heard = ForwardMsg()
            heard.ParseFromString(await socket.recv())
            kind = heard.WhichOneof("type")
            if kind == "script_finished":
                return
            if kind == "delta":
                element = heard.delta.new_element
                what = element.WhichOneof("type")
                if what == "echarts_chart":
                    self.charts += 1
                elif what == "slider" and KNOB in element.slider.label.replace("\\", ""):
                    self.slider = element.slider.id
                    self.options = list(element.slider.options)
                elif what == "button" and "run_check" in element.button.id:
                    self.trigger = element.button.id
                elif what == "checkbox" and "keep_check" in element.checkbox.id:
                    self.slider = element.checkbox.id


async def visit(address: str, process: subprocess.Popen[bytes], given: argparse.Namespace) -> list[str]:
    """All visitors; what came of it."""
    people = quote("clients.participant.people=3000")
    studies = [Visitor(address, 900 + number, "budgets", f"&world={people}") for number in range(given.studies)]
    await Visitor(address, 899).run(0, 1)  # the first visitor of a server loads what all share
    for one in studies:
        await one.study()
    memory = [memory_mb(process)]
    visitors = [Visitor(address, 1 + number) for number in range(given.sessions)]
    began, doors = time.monotonic(), asyncio.Barrier(given.sessions + 1)
    tasks = [asyncio.create_task(one.run(given.seconds, given.pause, doors)) for one in visitors]
    await doors.wait()
    opened = time.monotonic() - began
    used, began = cpu_s(process), time.monotonic()
    while not all(task.done() for task in tasks):
        await asyncio.sleep(1)
        memory.append(memory_mb(process))
    await asyncio.gather(*tasks)
    waits = [wait for one in visitors for wait in one.waits]
    least = min(len(one.waits) for one in visitors)
    share = (cpu_s(process) - used) / (time.monotonic() - began)
    return [
        f"{given.sessions} sessions, a slider every {given.pause:g} s for {given.seconds:g} s, {given.studies} studies",
        f"all pages open at once after {opened:.1f} s",
        f"reactions {len(waits)}, of each session at least {least}",
        f"median {1000 * quantile(waits, 0.5):.0f} ms, p95 {1000 * quantile(waits, 0.95):.0f} ms, "
        f"most {1000 * max(waits):.0f} ms",
        f"processor time of a reaction {1000 * (cpu_s(process) - used) / len(waits):.0f} ms; server {share:.0%} of a core",
        f"memory of the server {memory[0]:.0f} MB before, {max(memory):.0f} MB at most",
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--studies", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=10)
    given = parser.parse_args()
    with server() as (address, process):
        for line in asyncio.run(visit(address, process, given)):
            print(line)


if __name__ == "__main__":
    main()
