"""The books of a run: figures of stations, trends by window, counters, rows of a trace."""

from __future__ import annotations

from eventlive_sim.engine.kernel.keys import id_of, ordinal_of, tab_of
from eventlive_sim.engine.kernel.language import Words, inlined, kernel, leading_zeros, rare, words
from eventlive_sim.engine.kernel.layout import (
    B_BINS,
    B_BORDER,
    B_BUSY,
    B_BUSY_TOTAL,
    B_CAPACITY,
    B_CAPACITY_HIGH,
    B_CAPACITY_TOTAL,
    B_INSIDE,
    B_OVER,
    B_RESIZED,
    B_ROW,
    B_SHRUNK,
    B_SOJOURN,
    B_WAITING,
    B_WAITS,
    E_FULL,
    EDGE_BITS,
    FAR,
    FIGURES,
    FIRST_EDGE,
    H_ACTIVE,
    H_BIN,
    H_BIN_NS,
    H_BINS,
    H_BORDER,
    H_CHANGES,
    H_EDGES,
    H_FIRST_EDGES,
    H_HIST,
    H_NACTIVE,
    H_NOW,
    H_NWINDOWS,
    H_TRACE,
    H_TRACE_CAP,
    H_TRACE_LEN,
    H_WINDOWS,
    LINEAR,
    TRACE_ROW,
    W_START,
    W_STOP,
    WINDOW,
    X_COUNT,
    X_COUNTS,
    X_MAX,
    X_MIN,
    X_SUM,
    Y_ARRIVALS,
    Y_BUSY_INTEGRAL,
    Y_CANCELLATIONS,
    Y_DEPARTURES,
    Y_GRANTS,
    Y_INSIDE_INTEGRAL,
    Y_REFUSALS,
    Y_RENEGINGS,
    Y_WAITING_INTEGRAL,
    Y_WAITING_MAX,
)  # fmt: skip
from eventlive_sim.engine.kernel.memory import bump, fail

HIGH_BITS = 20
HIGH_MASK = (1 << HIGH_BITS) - 1

# ---------------------------------------------------------------- trace


@inlined
def tell(m: Words, act: int, task: int, row: int, station: int, key: int, value: int) -> None:
    """Note an act of a task, if there is a trace."""
    if m[H_TRACE]:
        note(m, act, task, row, station, key, value)


@rare
def note(m: Words, act: int, task: int, row: int, station: int, key: int, value: int) -> None:
    """Add a row to the trace."""
    trace, length = words(m[H_TRACE]), m[H_TRACE_LEN]
    if length >= m[H_TRACE_CAP]:
        fail(m, E_FULL, 2, 0, 0)
    m[H_TRACE_LEN] = length + 1
    at = length * TRACE_ROW
    trace[at] = m[H_NOW]
    trace[at + 1] = act
    trace[at + 2] = id_of(m, task)
    trace[at + 3] = tab_of(m, task)
    trace[at + 4] = ordinal_of(m, task)
    trace[at + 5] = row
    trace[at + 6] = station
    trace[at + 7] = key
    trace[at + 8] = value


# ---------------------------------------------------------------- trends and counters


@kernel
def bin_now(m: Words) -> int:
    """Time bin that holds now."""
    now = m[H_NOW]
    if now >= m[H_BORDER]:
        at = now // m[H_BIN_NS]
        m[H_BIN] = at
        m[H_BORDER] = (at + 1) * m[H_BIN_NS]
    return m[H_BIN]


@rare
def change_windows(m: Words) -> None:
    """Note which windows hold now, and until when."""
    now, windows, active = m[H_NOW], m[H_WINDOWS], m[H_ACTIVE]
    changes, found = FAR, 0
    for number in range(m[H_NWINDOWS]):
        start, stop = m[windows + number * WINDOW + W_START], m[windows + number * WINDOW + W_STOP]
        if start > now:
            changes = min(changes, start)
        if stop > now:
            changes = min(changes, stop)
        if start <= now < stop:
            m[active + found] = number
            found += 1
    m[H_NACTIVE] = found
    m[H_CHANGES] = changes


@inlined
def edge_of(m: Words, value: int) -> int:
    """Histogram bin of a value: that where values of the same first bits begin, or the one after it; no guess can be wrong."""
    if value <= LINEAR:
        return max(value, 0)
    value = min(value, FAR)
    high = 63 - EDGE_BITS - leading_zeros(value)
    low = m[m[H_FIRST_EDGES] + FIRST_EDGE + (((high - 1) << EDGE_BITS) + (value >> high))]
    return low + int(m[m[H_EDGES] + low + 1] <= value)


@kernel
def add_to_trend(m: Words, books: int, value: int) -> None:
    """Add a value to the trend of every window that holds now; ``books`` is a table of trends by window."""
    if m[H_NOW] >= m[H_CHANGES]:
        change_windows(m)
    edge = edge_of(m, value)
    active = m[H_ACTIVE]
    for number in range(m[H_NACTIVE]):
        at = books + m[active + number]
        book = m[at]
        if book == 0:
            book = bump(m, X_COUNTS + m[H_HIST])
            m[book + X_MIN] = value
            m[book + X_MAX] = value
            m[at] = book
        m[book + X_COUNTS + edge] += 1
        m[book + X_COUNT] += 1
        m[book + X_SUM] += value
        if value < m[book + X_MIN]:
            m[book + X_MIN] = value
        if value > m[book + X_MAX]:
            m[book + X_MAX] = value


@kernel
def count_up(m: Words, at: int, value: int) -> None:
    """Add to a counter series; ``at`` is the place of its tag."""
    pair = m[at]
    bins = m[H_BINS]
    if pair == 0:
        pair = bump(m, 2 * bins)
        m[at] = pair
    number = bin_now(m)
    m[pair + number] += 1
    m[pair + bins + number] += value


# ---------------------------------------------------------------- integrals


@kernel
def spread(m: Words, s: int, figure: int, start: int, end: int, level: int) -> None:
    """Add level x time over [start, end) to a figure of a station, split exactly at the borders of the bins."""
    bin_ns, bins = m[H_BIN_NS], m[s + B_BINS] + figure
    at = start // bin_ns
    while start < end:
        border = min((at + 1) * bin_ns, end)
        m[bins + at * FIGURES] += level * (border - start)
        start = border
        at += 1


# How many are inside, wait and are busy is added up over time only as it changes: a level that rises by one at a time takes that
# time off its integral, and where a bin ends the level times the end is added. In 64 bits that wrap this is the same number.


@inlined
def row_now(m: Words, s: int) -> int:
    """Figures of a station in the bin that holds now."""
    if m[H_NOW] >= m[s + B_BORDER]:
        cross(m, s, m[H_NOW])
    return m[s + B_ROW]


@rare
def cross(m: Words, s: int, now: int) -> None:
    """Close every bin that ended by now, and begin the next."""
    while now >= m[s + B_BORDER]:
        border = m[s + B_BORDER]
        close_row(m, s, border)
        row = m[s + B_ROW] + FIGURES
        m[s + B_ROW] = row
        m[s + B_BORDER] = border + m[H_BIN_NS]
        m[row + Y_WAITING_MAX] = m[s + B_WAITING]
        add_levels(m, s, -border)


@kernel
def close_row(m: Words, s: int, end: int) -> None:
    """Close the integrals of a bin."""
    add_levels(m, s, end)
    m[s + B_BUSY_TOTAL] += m[m[s + B_ROW] + Y_BUSY_INTEGRAL]


@inlined
def add_levels(m: Words, s: int, time: int) -> None:
    """Add levels times a time to the integrals of a bin."""
    row = m[s + B_ROW]
    m[row + Y_INSIDE_INTEGRAL] += m[s + B_INSIDE] * time
    m[row + Y_WAITING_INTEGRAL] += m[s + B_WAITING] * time
    m[row + Y_BUSY_INTEGRAL] += m[s + B_BUSY] * time


@inlined
def set_busy(m: Words, s: int, busy: int) -> None:
    """Let so much be busy from now on; the books stand at now."""
    m[m[s + B_ROW] + Y_BUSY_INTEGRAL] -= (busy - m[s + B_BUSY]) * m[H_NOW]
    m[s + B_BUSY] = busy
    if m[s + B_SHRUNK]:
        set_over(m, s)


@rare
def set_over(m: Words, s: int) -> None:
    """Note how much more is busy from now on than there is capacity."""
    over = max(0, m[s + B_BUSY] - m[s + B_CAPACITY])
    m[s + B_CAPACITY_TOTAL] -= (over - m[s + B_OVER]) * m[H_NOW]
    m[s + B_OVER] = over


@kernel
def busy_integral(m: Words, s: int) -> int:
    """Busy integral up to now."""
    row = row_now(m, s)
    return m[s + B_BUSY_TOTAL] + m[row + Y_BUSY_INTEGRAL] + m[s + B_BUSY] * m[H_NOW]


@rare
def resize(m: Words, s: int, capacity: int) -> None:
    """Set the capacity from now on."""
    row_now(m, s)
    count_capacity(m, s)
    if capacity < m[s + B_CAPACITY]:
        m[s + B_SHRUNK] = 1
    m[s + B_CAPACITY] = capacity
    if m[s + B_SHRUNK]:
        set_over(m, s)


@kernel
def count_capacity(m: Words, s: int) -> None:
    """Add the capacity up to now."""
    now, capacity = m[H_NOW], m[s + B_CAPACITY]
    span = now - m[s + B_RESIZED]
    # In two words: places for thousands of requests on each of thousands of instances overflow one.
    m[s + B_CAPACITY_HIGH] += capacity * (span >> HIGH_BITS)
    m[s + B_CAPACITY_TOTAL] += capacity * (span & HIGH_MASK)
    m[s + B_RESIZED] = now


@kernel
def finish(m: Words, s: int) -> None:
    """Close the books at the horizon, which is now."""
    horizon = m[H_NOW]
    cross(m, s, horizon - 1)
    close_row(m, s, horizon)
    count_capacity(m, s)
    m[s + B_CAPACITY_TOTAL] += m[s + B_OVER] * horizon


# ---------------------------------------------------------------- flows


@kernel
def grant_at_once(m: Words, s: int) -> None:
    """One arrives and is granted."""
    row = row_now(m, s)
    m[row + Y_ARRIVALS] += 1
    m[row + Y_GRANTS] += 1
    m[row + Y_INSIDE_INTEGRAL] -= m[H_NOW]
    m[s + B_INSIDE] += 1
    add_to_trend(m, m[s + B_WAITS], 0)


@kernel
def queue(m: Words, s: int) -> None:
    """One arrives and waits."""
    row, now = row_now(m, s), m[H_NOW]
    m[row + Y_ARRIVALS] += 1
    m[row + Y_INSIDE_INTEGRAL] -= now
    m[s + B_INSIDE] += 1
    m[row + Y_WAITING_INTEGRAL] -= now
    waiting = m[s + B_WAITING] + 1
    m[s + B_WAITING] = waiting
    m[row + Y_WAITING_MAX] = max(m[row + Y_WAITING_MAX], waiting)


@kernel
def refuse(m: Words, s: int) -> None:
    """One arrives and is refused."""
    row = row_now(m, s)
    m[row + Y_ARRIVALS] += 1
    m[row + Y_REFUSALS] += 1


@kernel
def grant(m: Words, s: int, ask: int) -> None:
    """One who waited is granted."""
    row, now = row_now(m, s), m[H_NOW]
    m[row + Y_GRANTS] += 1
    m[row + Y_WAITING_INTEGRAL] += now
    m[s + B_WAITING] -= 1
    add_to_trend(m, m[s + B_WAITS], now - ask)


@kernel
def renege(m: Words, s: int, ask: int) -> None:
    """One who waited is taken out."""
    row, now = row_now(m, s), m[H_NOW]
    m[row + Y_RENEGINGS] += 1
    m[row + Y_WAITING_INTEGRAL] += now
    m[s + B_WAITING] -= 1
    m[row + Y_INSIDE_INTEGRAL] += now
    m[s + B_INSIDE] -= 1
    m[s + B_SOJOURN] += now - ask


@kernel
def depart(m: Words, s: int, ask: int, cut: int) -> None:
    """One who was granted gives back."""
    row, now = row_now(m, s), m[H_NOW]
    m[row + Y_DEPARTURES] += 1
    m[row + Y_CANCELLATIONS] += cut
    m[row + Y_INSIDE_INTEGRAL] += now
    m[s + B_INSIDE] -= 1
    m[s + B_SOJOURN] += now - ask
