"""Token buckets: one integer a key says when the bucket would be full again."""

from __future__ import annotations

from eventlive_sim.engine.kernel import books
from eventlive_sim.engine.kernel.calendar import wake_in
from eventlive_sim.engine.kernel.language import Words, kernel
from eventlive_sim.engine.kernel.layout import (
    AT_NOTHING,
    AT_TOKEN,
    FAR,
    H_NOW,
    S_INTERVAL,
    S_NUMBER,
    S_SLACK,
    T_ASK,
    T_AT,
    T_BLOCK,
    T_GRANT,
    T_LANE,
    T_OUTCOME,
    T_ROW,
    TOKENS_WAITING,
)
from eventlive_sim.engine.kernel.queues import A_GRANT, A_RENEGE, BOOKED, check_key, lane_of


@kernel
def token_wait(full: int, slack: int, now: int) -> int:
    """Time until the next token that is not booked."""
    return max(0, max(full, now) - slack - now)


@kernel
def enter_bucket(m: Words, s: int, task: int, key: int, patience: int) -> int:
    """Take a token, book one within the patience, or refuse at once."""
    check_key(m, s, key)
    tokens = lane_of(m, s, key)
    now = m[H_NOW]
    delay = token_wait(m[tokens], m[s + S_SLACK], now)
    if 0 <= patience < delay:
        books.refuse(m, s)
        return 0
    # A token after any horizon is not booked: nobody gets it, and times of many more would not fit in a word.
    if delay < FAR >> 1:
        m[tokens] = max(m[tokens], now) + m[s + S_INTERVAL]
    if not delay:
        books.grant_at_once(m, s)
        books.depart(m, s, now, 0)
        m[task + T_GRANT] = now
        return 1
    books.queue(m, s)
    m[tokens + TOKENS_WAITING] += 1
    m[task + T_BLOCK] = AT_TOKEN
    m[task + T_AT] = s
    m[task + T_LANE] = key
    m[task + T_ASK] = now
    m[task + T_OUTCOME] = 1
    wake_in(m, task, delay)
    return BOOKED


@kernel
def token_came(m: Words, task: int) -> None:
    """Note that a booked token is there."""
    s, key, ask = m[task + T_AT], m[task + T_LANE], m[task + T_ASK]
    m[task + T_BLOCK] = AT_NOTHING
    m[task + T_GRANT] = m[H_NOW]
    m[lane_of(m, s, key) + TOKENS_WAITING] -= 1
    books.grant(m, s, ask)
    books.depart(m, s, ask, 0)
    books.tell(m, A_GRANT, task, m[task + T_ROW], m[s + S_NUMBER], key, 1)


@kernel
def leave_bucket(m: Words, s: int, task: int) -> None:
    """Forget who waits; the token stays booked."""
    key, ask = m[task + T_LANE], m[task + T_ASK]
    m[lane_of(m, s, key) + TOKENS_WAITING] -= 1
    books.renege(m, s, ask)
    books.tell(m, A_RENEGE, task, m[task + T_ROW], m[s + S_NUMBER], key, m[H_NOW] - ask)
