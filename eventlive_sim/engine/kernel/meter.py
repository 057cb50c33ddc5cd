"""Meters: weights that were added, read over a window as count, sum, mean, ratio or quantile."""

from __future__ import annotations

from eventlive_sim.engine.kernel.language import Words, inlined, kernel
from eventlive_sim.engine.kernel.layout import (
    H_NOW,
    L_BUFFER,
    L_CAP,
    L_COUNT,
    L_FRESH,
    L_FRESH_CAP,
    L_HEAD,
    L_NFRESH,
    L_TICK,
    L_TOTAL,
    LOG,
    S_LENGTH,
    S_SIZE,
    S_TICK_NS,
    S_TICKS,
    S_WINDOW,
)
from eventlive_sim.engine.kernel.memory import bump, give_array, take_array
from eventlive_sim.engine.kernel.queues import check_key, lane_of
from eventlive_sim.program.primitives import MeterRead, MeterWindow

FIXED, TICKED, SLIDING, LAST = (int(window) for window in MeterWindow)
READ_COUNT, READ_SUM, READ_MEAN, READ_RATIO, READ_P50, READ_P95, _ = (int(read) for read in MeterRead)
FIRST_LOG = 8


@kernel
def log_append(m: Words, log: int, stamp: int, weight: int) -> None:
    """Add one that counts."""
    count, cap, head = m[log + L_COUNT], m[log + L_CAP], m[log + L_HEAD]
    buffer = m[log + L_BUFFER]
    if count == cap:
        new_cap = 2 * cap if cap else FIRST_LOG
        new = take_array(m, 2 * new_cap)
        for i in range(count):
            source = buffer + 2 * ((head + i) & (cap - 1))
            m[new + 2 * i] = m[source]
            m[new + 2 * i + 1] = m[source + 1]
        give_array(m, buffer, 2 * cap)
        buffer, cap, head = new, new_cap, 0
        m[log + L_BUFFER] = buffer
        m[log + L_CAP] = cap
        m[log + L_HEAD] = 0
    at = buffer + 2 * ((head + count) & (cap - 1))
    m[at] = stamp
    m[at + 1] = weight
    m[log + L_COUNT] = count + 1
    m[log + L_TOTAL] += weight


@kernel
def drop_oldest(m: Words, log: int) -> None:
    """Forget the oldest."""
    head = m[log + L_HEAD]
    m[log + L_TOTAL] += -m[m[log + L_BUFFER] + 2 * head + 1]
    m[log + L_HEAD] = (head + 1) & (m[log + L_CAP] - 1)
    m[log + L_COUNT] -= 1


@kernel
def drop_before(m: Words, log: int, stamp: int) -> None:
    """Forget what is older than the stamp."""
    while m[log + L_COUNT] and m[m[log + L_BUFFER] + 2 * m[log + L_HEAD]] < stamp:
        drop_oldest(m, log)


@kernel
def fresh_append(m: Words, log: int, weight: int) -> None:
    """Add one in a tick that is not complete."""
    count, cap = m[log + L_NFRESH], m[log + L_FRESH_CAP]
    if count == cap:
        new_cap = 2 * cap if cap else FIRST_LOG
        new = take_array(m, new_cap)
        old = m[log + L_FRESH]
        for i in range(count):
            m[new + i] = m[old + i]
        give_array(m, old, cap)
        m[log + L_FRESH] = new
        m[log + L_FRESH_CAP] = new_cap
    m[m[log + L_FRESH] + count] = weight
    m[log + L_NFRESH] = count + 1


@kernel
def refresh(m: Words, s: int, log: int) -> None:
    """Forget what no longer counts, and take over what counts by now."""
    window, now = m[s + S_WINDOW], m[H_NOW]
    if window == FIXED:
        length = max(1, m[s + S_LENGTH])
        drop_before(m, log, now // length * length)
    elif window == SLIDING:
        drop_before(m, log, now - m[s + S_LENGTH] + 1)
    elif window == TICKED:
        tick = now // m[s + S_TICK_NS]
        fresh_tick = m[log + L_TICK]
        if tick != fresh_tick:
            for i in range(m[log + L_NFRESH]):
                log_append(m, log, fresh_tick, m[m[log + L_FRESH] + i])
            m[log + L_NFRESH] = 0
            m[log + L_TICK] = tick
        drop_before(m, log, tick - m[s + S_TICKS])


@inlined
def log_of(m: Words, s: int, key: int) -> int:
    """Log of a key, which begins when something is added: most keys of most meters never have any."""
    lane = lane_of(m, s, key)
    if m[lane] == 0:
        m[lane] = bump(m, LOG)
    return m[lane]


@kernel
def add_to_meter(m: Words, s: int, key: int, weight: int) -> None:
    """Add a weight now."""
    check_key(m, s, key)
    log = log_of(m, s, key)
    window = m[s + S_WINDOW]
    if window == LAST:
        log_append(m, log, 0, weight)
        if m[log + L_COUNT] > m[s + S_SIZE]:
            drop_oldest(m, log)
        return
    refresh(m, s, log)
    if window == TICKED:
        fresh_append(m, log, weight)
    else:
        log_append(m, log, m[H_NOW], weight)


@kernel
def nth_weight(m: Words, log: int, rank: int) -> int:
    """Weight of a rank from 0, by quickselect on a copy."""
    count, cap, head = m[log + L_COUNT], m[log + L_CAP], m[log + L_HEAD]
    a = take_array(m, count)
    for i in range(count):
        m[a + i] = m[m[log + L_BUFFER] + 2 * ((head + i) & (cap - 1)) + 1]
    low, high = 0, count - 1
    while low < high:
        pivot = m[a + ((low + high) >> 1)]
        i, j = low, high
        while i <= j:
            while m[a + i] < pivot:
                i += 1
            while m[a + j] > pivot:
                j -= 1
            if i <= j:
                x, y = m[a + i], m[a + j]
                m[a + i] = y
                m[a + j] = x
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    value = m[a + rank]
    give_array(m, a, count)
    return value


@kernel
def read_meter(m: Words, s: int, key: int, reading: int) -> int:
    """Read a figure over the window as it is now."""
    check_key(m, s, key)
    log = m[lane_of(m, s, key)]
    if log == 0:
        return 0
    refresh(m, s, log)
    count, total = m[log + L_COUNT], m[log + L_TOTAL]
    if reading == READ_COUNT or not count:
        return count
    if reading == READ_SUM:
        return total
    whole = total // count
    if reading == READ_MEAN:
        return whole
    if reading == READ_RATIO:
        return 1_000_000 * whole + 1_000_000 * (total - whole * count) // count
    percent = 50 if reading == READ_P50 else 95 if reading == READ_P95 else 99
    return nth_weight(m, log, (percent * count + 99) // 100 - 1)
