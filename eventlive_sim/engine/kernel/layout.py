"""Where things lie in the kernel's memory: words of 64 bits, counted from the start of a record.

The kernel keeps the whole state of a run in one block of memory, so that a compiled function needs one argument and the
block can grow. A record is named by the number of its first word; 0 is none. Prefixes: ``H`` header, ``T`` task, ``N`` node
of a signal's list, ``D`` deadline, ``O`` holding, ``G`` group, ``F`` fates of its children, ``P`` person, ``S`` station, ``B`` its
book, ``L`` log of a meter, ``R`` processor, ``I`` instance, ``W`` window, ``X`` trend.
"""

from __future__ import annotations

from eventlive_sim.engine.kernel.language import Byte, Half

NEVER = -1
FAR = 1 << 62

# ---------------------------------------------------------------- header
(
    H_NOW, H_EVENTS, H_SPAWNED, H_ENDED, H_CANCELLED, H_ALIVE, H_SERIALS, H_ACTS_NOW, H_HORIZON, H_BIN_NS, H_BIN,
    H_BORDER, H_BINS, H_BUMP, H_END, H_HEAP, H_HEAP_LEN, H_HEAP_CAP, H_SEQ, H_ERROR, H_ERROR_A, H_ERROR_B, H_ERROR_C,
    H_CODE, H_PERSONS, H_PEOPLE, H_TABS_MAX, H_RANK_SHIFT, H_TAB_SHIFT, H_ORDINALS,
    H_CALL_WORDS, H_REGS, H_WINDOWS, H_NWINDOWS, H_CHANGES, H_ACTIVE, H_NACTIVE, H_EDGES, H_HIST, H_COUNTERS, H_TRENDS,
    H_TASKS, H_STACK, H_TRACE, H_TRACE_LEN, H_TRACE_CAP, H_POPULATED, H_TABS, H_PERSON_WORDS, H_MARGIN,
    H_STATIONS, H_NSTATIONS, H_BORDER_NS, H_SLOT, H_NEXT_FINE, H_WIDTH, H_FINE, H_FINE_BITMAP, H_COARSE, H_COARSE_BITMAP,
    H_REST, H_FIRST_EDGES, H_BASE_MEMORY, H_BASE_TASK, H_BASE_CALL, H_BASE_TAB, H_BASE_PERSON, H_FREE_EVENT,
    H_FREE_TASK, H_FREE_CALL, H_FREE_NODE, H_FREE_WAIT, H_FREE_GROUP, H_SORTED, H_SINCE, H_RUN, H_RUN_END, H_ACTS_MAX,
    H_OWN_CALLS, H_JUMP, H_NEAR, H_NEAR_FREE, H_NEAR_BEGAN, H_FREE_FATES, H_FURTHER, H_NFURTHER, H_PERSON_SHIFT,
    H_PERSON_INVERSE, H_TAB_STEPS,
) = range(89)  # fmt: skip
STEPS = 4
"""Words that say how a key is followed: step, shift, mask, block (`places.py`)."""
H_FREE_ARRAYS = H_TAB_STEPS + STEPS
ARRAY_CLASSES = 48
HEADER = H_FREE_ARRAYS + ARRAY_CLASSES

# ---------------------------------------------------------------- people and tasks
FURTHER = Half(0)
"""Numbers of the records of further tabs, in halves of words."""
P_ID, P_NEXT, P_RANK, P_TABS, P_ENTRY, _ = map(Half, range(6))
P_WORDS = 3
# There are some sixteen tasks a person, so what fits stands in a half or an eighth of a word, and what only queues and stations
# ask for stands before the record, of those tasks that may enter one (`registers.py`). The first word is that of the free list;
# what is seldom used comes first, so that what every event uses stands together with the registers.
T_ASK, T_PATIENCE, T_GRANT, T_SERIAL = -1, -2, -3, -4
T_AT, T_LANE, T_NEXT, T_PREV, T_HOLDINGS, T_ACQUIRED = map(Half, (-10, -9, -12, -11, -14, -13))
VISITOR = 7
"""Words before the record of a task that visits stations."""
T_SIB_NEXT, T_SIB_PREV, T_PARENT, T_FINALLY, T_WAIT_1, T_WAIT_2, T_GROUP, T_DEADLINES = map(Half, range(8))
T_STACK = T_SIB_NEXT  # a task on the stack is out of its group
T_QUEUE_NEXT, T_QUEUE_PREV = T_WAIT_1, T_WAIT_2  # a task waits for signals or in a queue,
T_MODE = T_WAIT_1  # or for children,
T_OUTCOME = T_STATUS = 2  # or it knows what came of it, or how it ended
T_HOT = 3
"""From here on stands what most events use."""
T_PARENT_GROUP, T_LEAVING, T_JOINING, T_SHAPE, T_ENDED, T_BLOCK, T_RESUME, T_PATIENT = map(Byte, range(32, 40))
T_STATE = T_LEAVING  # on the stack it is known how it goes
T_KEY, T_WAKE = range(5, 7)
T_ROW, T_CALL, T_PERSON, T_TAB_REGS = map(Half, range(14, 18))
T_REGS = 9
HALVES = 1 << 31
"""Words of memory whose places fit in half a word, and what else must be less."""
N_NEXT, N_PREV, N_LIST, N_TASK = map(Half, range(4))
WAIT = QUEUE = 2
"""Nodes of signals and queues are as large, and take each other's place."""
C_USERS, C_REGS = range(2)
D_NEXT, D_HANDLER, D_ACQUIRED, D_ORDINAL = map(Half, range(4))
D_EXPIRY, D_LEAVING = range(2, 4)
O_NEXT, O_STATION, O_KEY, O_SERIAL, O_INSTANCE = map(Half, range(5))
O_ASK = 3
LINK = Half(0)  # D_NEXT and O_NEXT
NODE = 4
ENDS_FIRST, ENDS_LAST = map(Half, range(2))
"""First and last of a list, in one word."""
# Most groups have children that live on, and none that has ended: what became of those stands in a record of its own.
G_TAIL, G_NEXT, G_FATES, G_INDEX = map(Half, range(4))
GROUP = 2
F_FIRST, F_FAILING, F_LAST = map(Half, range(3))
F_FIRST_STATUS, F_FAILING_STATUS, F_LAST_STATUS = range(2, 5)
FATES = 5

# What a task waits at.
AT_NOTHING, AT_QUEUE, AT_TOKEN, AT_JOB, AT_ELASTIC, AT_START, AT_INSTANCE_JOB, AT_SIGNAL = range(8)
# How it goes on: by the op of its row, from its first row, or from the handler of a deadline.
RESUME_START, RESUME_HANDLER = -1, -2
# Of a task on the stack of those that are taken out.
TO_CANCEL, TO_CLOSE, TO_DETACH = range(3)

# ---------------------------------------------------------------- calendar
EVENT = 4
E_TIME, E_KEY, E_SEQ, E_LOAD = range(4)
LOAD_TASK, LOAD_PROCESSOR, LOAD_INSTANCE = range(3)
LOAD_BITS, LOAD_MASK = 2, 3
LOOKS = 15
"""Events, less one, between two looks whether memory is short, and of a row that may happen without being entered."""
RUN_EVENTS = 48
"""Events that stand sorted before the heap: a slot's, mostly."""
NEAR_BITS = 6
NEAR_MASK = (1 << NEAR_BITS) - 1
"""Where an event of the run stands, in a word that says when it comes; nothing stands in the last place."""
PADS = 32
"""Words before the run that come after all others, so that it needs no end."""
AHEAD = 2
"""How many events ahead the loop looks for what is to be brought near."""
# Events that wait stand in blocks.
BLOCK_NEXT, BLOCK_LENGTH, BLOCK_FIRST = range(3)
BLOCK_BITS = 3
BLOCK_EVENTS = (1 << BLOCK_BITS) - 1
BLOCK = BLOCK_FIRST + BLOCK_EVENTS * EVENT
LINE = 8
"""Words that a processor brings from memory at once."""
# Slots of the wheels.
FINE_BITS, COARSE_BITS = 10, 12
FINE, COARSE = 1 << FINE_BITS, 1 << COARSE_BITS
WIDEST, NARROWEST = 31, 14
"""Width of the fine wheel's slots, as a power of two of ns: 2.1 s to 16 us."""
FEW, MANY = 6, 24
"""Events a slot, in the mean over a turn of the fine wheel, between which the width stays: so many are brought near at once."""

# ---------------------------------------------------------------- stations
(
    S_KIND, S_NUMBER, S_KEYS, S_SERVERS, S_LIMIT, S_LANES, S_STEP, S_SHIFT, S_MASK, S_BLOCK,
    S_INTERVAL, S_SLACK, S_WINDOW, S_LENGTH, S_TICKS, S_SIZE,
    S_TICK_NS, S_PROCESSOR, S_CORES, S_SPEED, S_EFFICIENCY, S_NEFFICIENCY, S_MIN, S_MAX, S_CONCURRENCY, S_JOBS_MAX,
    S_START_INTERVAL, S_START_SLACK, S_START_FULL, S_COLD_TABLE, S_COLD_STATE, S_IDLE_NS, S_FREE, S_NFREE, S_NEVER_USED,
    S_ROOMS, S_NROOMS, S_INSTANCES, S_NINSTANCES, S_INDEXES, S_QUEUE, S_IDLE_HEAD, S_IDLE_TAIL, S_SERVING,
    S_CPU_BUSY, S_CPU_NS,
    B_OVER, B_BORDER, B_WAITING, B_INSIDE, B_BUSY, B_CAPACITY, B_RESIZED, B_SHRUNK, B_BUSY_TOTAL,
    B_CAPACITY_TOTAL, B_CAPACITY_HIGH, B_SOJOURN, B_SOJOURN_INSIDE, B_WAITS,
    B_BINS, B_ROW, STATION,
) = range(63)  # fmt: skip
# Figures of a station in one time bin, in the order of ``engine.recording.BIN_FIGURES``.
(
    Y_ARRIVALS, Y_GRANTS, Y_REFUSALS, Y_RENEGINGS, Y_DEPARTURES, Y_CANCELLATIONS, Y_BUSY_INTEGRAL, Y_WAITING_INTEGRAL,
    Y_INSIDE_INTEGRAL, Y_WAITING_MAX, Y_INSTANCE_INTEGRAL, Y_OCCUPIED_INTEGRAL, Y_CPU_INTEGRAL, Y_STARTS,
) = range(14)  # fmt: skip
FIGURES = 16
LANE_BUSY, LANE_QUEUE = map(Half, range(2))
LANE = 1
QUEUE_LENGTH = 1
"""Of a queue, after its ends: a record that is made when somebody waits, and few of a million locks have one."""
TOKENS_FULL, TOKENS_WAITING, TOKENS = range(3)
L_BUFFER, L_CAP, L_HEAD, L_COUNT, L_TOTAL, L_FRESH, L_FRESH_CAP, L_NFRESH, L_TICK, LOG = range(10)
(
    R_CORES, R_SPEED, R_EFFICIENCY, R_NEFFICIENCY, R_ACTIVE, R_VIRTUAL, R_RATE, R_LAST, R_PLANNED_NS, R_PLANNED,
    R_JOBS, R_NJOBS, R_JOBS_CAP, R_OWNER, R_IS_INSTANCE, R_BORN, R_RATED, PROCESSOR,
) = range(18)  # fmt: skip
JOB = 4
J_FINISH, J_KEY, J_SERIAL, J_TASK = range(4)
(
    I_STATION, I_INDEX, I_ACTIVE, I_BUSY, I_OPEN, I_ROOM_KEY, I_ROOM_AT, I_BORN, I_OCCUPIED, I_IDLE, I_STARTER,
    I_PROCESSOR,
) = range(12)  # fmt: skip
INSTANCE = I_PROCESSOR + PROCESSOR
IDLE_NEXT, IDLE_EXPIRY, IDLE_INDEX, IDLE_SINCE = range(4)

# ---------------------------------------------------------------- what is recorded
W_START, W_STOP, WINDOW = range(3)
X_COUNT, X_SUM, X_MIN, X_MAX, X_COUNTS = range(5)
LINEAR = 200
"""Histogram bins are one wide up to here."""
EDGE_BITS = 7
"""Bits after the highest one: of the values that agree in them all, those of one bin and at most one more."""
FIRST_EDGE = Half(0)
TAG_MIN, TAG_MAX, TAGS = -8, 1015, 1024
TRACE_ROW = 9

# ---------------------------------------------------------------- decoded operands
# Address spaces of decoded operands; those of ``Space`` that need more than a load keep their number.
SPACE_MEMORY, SPACE_TASK, SPACE_CALL, SPACE_TAB, SPACE_PERSON, SPACE_SHARED = range(6)
SPACE_TAB_APART, SPACE_PERSON_APART = 12, 13
"""Registers of a tab or person that stand apart from the others (`places.py`)."""
SPACE_SHIFT, SLOT_SHIFT, SLOT_MASK, INDEX_MASK = 48, 32, 0xFFFF, 0xFFFFFFFF
"""An operand is its space, the register of its key, and its index, in one word."""
ROW = 8
# Ops of decoded rows: those of ``Op`` for rows that may wait, spawn or end; from OP_PLAIN on those that only go on. Each function
# and comparison has one, so that a row needs one jump, and so have rows that were joined: one to three copies, a draw and its
# hold, a draw and the sum that it goes into. A chain acts on two rows that follow each other, each with its own fields. ANY: an
# operand takes more than a load or store.
OP_PAST_END, OP_DRAW_HOLD, OP_COPY_THEN_HOLD, OP_COUNT_THEN_DRAW_HOLD, OP_ADD_THEN_DEADLINE, OP_PLAIN = range(18, 24)
OP_SET, OP_TEST, OP_COPIES, OP_DRAW_ADD, OP_COUNT_TREND = 24, 34, 44, 47, 48
OP_JUMP, OP_DRAW, OP_COUNT, OP_LEAVE, OP_SIGNAL, OP_ADD, OP_DISARM = range(49, 56)
OP_COPIES_THEN_DRAW_ADD, OP_DISARM_THEN_LEAVE, OP_NE_THEN_NE = range(56, 59)
OP_ANY_SET, OP_ANY_TEST = 59, 66
COPIES = 3
SPAWN_CALL = 4
"""Which word of a decoded spawn says whether there is a new call, and twice of what shape its task is."""
NEXT = 1
"""Which word of a decoded row says what row comes next; only that of a spawn does not."""
REFUSED = 6
"""Which word of a decoded enter says what row comes next if it was refused."""

# ---------------------------------------------------------------- errors
(
    E_NONE, E_FULL, E_LOOP, E_PAST_END, E_TAB, E_DISARM, E_TAG, E_REGISTER_KEY, E_SIGNAL_KEY, E_STATION_KEY, E_DEADLINES,
    E_HOLDINGS, E_FINALLY, E_FINALLY_LOOP, E_REFUSED, E_NO_PLACE, E_ORDINALS, E_NEVER, E_NO_SUCH,
) = range(19)  # fmt: skip

# What the loop answers.
DONE, BUDGET, GROW, TRACE_FULL = range(4)
FAILED = -1
