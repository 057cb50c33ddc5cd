/* The closed pinger model, written by hand for this model alone: what an interpreter of programs is measured against.
 *
 *     cc -O3 -march=native -o pinger pinger.c && ./pinger INPUT [FIGURES]
 *
 * N people; each comes, then for ever thinks and calls. A call is counted in a time bin, its duration goes into a
 * histogram. With servers a call queues for one of them in order of arrival, and the station keeps the same books as
 * the engines do. Draws, ties and figures are those of the engines, so that all results are equal, number for number.
 *
 * INPUT (- is stdin) holds int64 words: what benchmarks/pinger.py writes. Events, checksum, CPU seconds and peak memory go
 * to stdout, all figures to FIGURES, one a line.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef int64_t i64;
typedef uint64_t u64;
typedef unsigned __int128 key; /* time in the upper half, rank in the lower: one comparison orders both */

enum { MAGIC = 0x50494e47, OCTAVES = 21, CELLS = 128, TABLE = 2 * OCTAVES * CELLS };
enum { FAR = 20000 }; /* entries of the heap that the second cache holds beside all else */
enum { START, COME, THOUGHT, GRANTED, SERVED };

struct input {
    i64 magic, people, servers, seed, horizon, bin, edges, arrive_stream, think_stream, service_stream;
};

struct person {
    i64 asked;
    uint32_t id, ordinal, next, phase;
};

struct trend {
    i64 *counts, count, sum, min, max;
};

static void die(const char *message) {
    fprintf(stderr, "pinger: %s\n", message);
    exit(2);
}

static void *zeros(size_t count, size_t size) {
    void *block = calloc(count ? count : 1, size);
    if (!block) die("no memory");
    return block;
}

/* ---------------------------------------------------------------- draws: eventlive_sim/engine/draws.py */

static inline u64 mix(u64 value) {
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

static u64 stream_state(i64 seed, i64 stream) {
    return mix(mix((u64)seed + 0x9E3779B97F4A7C15u) ^ ((u64)stream * 0xD6E8FEB86659FD93u + 0x9E3779B97F4A7C15u));
}

static inline u64 bits(u64 state, u64 person, u64 ordinal) {
    return mix(mix(state ^ person * 0x9E3779B97F4A7C15u) ^ ordinal * 0xA0761D6478BD642Fu);
}

static inline i64 draw(const i64 *table, u64 word) {
    int octave = word == ~(u64)0 ? 64 : __builtin_clzll(~word), shift = 36 - octave;
    if (octave >= OCTAVES - 1) octave = OCTAVES - 1, shift = 17;
    const i64 *cell = table + 2 * (CELLS * octave + (word >> (shift + 20) & (CELLS - 1)));
    i64 width = cell[1] - cell[0], fraction = word >> shift & 0xFFFFF;
    return cell[0] + (width >> 20) * fraction + ((width & 0xFFFFF) * fraction >> 20);
}

/* ---------------------------------------------------------------- the calendar: a 4-ary heap */

static struct person *people;
static key *heap;
static i64 heap_length;
static int hole; /* the first entry is being processed: its place is free for the next that is put */

/* With `far` the caches do not hold the heap: fetch the grandchildren, and the person who comes next, ahead of need. */
static inline __attribute__((always_inline)) void sift(key entry, const int far) {
    i64 at = 0, child;
    while ((child = 4 * at + 1) + 3 < heap_length) {
        if (far)
            for (int line = 0; line < 4; line++) __builtin_prefetch(heap + 4 * (child + line) + 1);
        i64 one = child + (heap[child + 1] < heap[child]);
        i64 other = child + 2 + (heap[child + 3] < heap[child + 2]);
        i64 least = heap[other] < heap[one] ? other : one;
        if (heap[least] >= entry) break;
        heap[at] = heap[least];
        if (far && !at) __builtin_prefetch(people + (uint32_t)heap[0]);
        at = least;
    }
    if (child + 3 >= heap_length) {
        i64 least = child;
        for (i64 other = child + 1; other < heap_length; other++)
            if (heap[other] < heap[least]) least = other;
        if (least < heap_length && heap[least] < entry) heap[at] = heap[least], at = least;
    }
    heap[at] = entry;
}

static __attribute__((noinline)) void sift_far(key entry) { sift(entry, 1); }

static inline void sift_down(key entry) {
    if (heap_length > FAR) sift_far(entry); else sift(entry, 0);
}

static inline void put(i64 time, uint32_t rank) {
    key entry = (key)(u64)time << 64 | rank;
    if (hole) {
        hole = 0;
        sift_down(entry);
        return;
    }
    i64 at = heap_length++;
    while (at > 0 && heap[(at - 1) >> 2] > entry) {
        heap[at] = heap[(at - 1) >> 2];
        at = (at - 1) >> 2;
    }
    heap[at] = entry;
}

static inline void close_hole(void) {
    if (!hole) return;
    hole = 0;
    key last = heap[--heap_length];
    if (heap_length) sift_down(last);
}

/* ---------------------------------------------------------------- the books: eventlive_sim/engine/recording.py */

static const i64 *edges;
static i64 edge_count;
static uint16_t first_edge[64 * 128]; /* by the leading bit of a value and the seven after it */

static inline int slot_of(i64 value) {
    int top = 63 - __builtin_clzll((u64)value);
    return top * 128 + (top >= 7 ? (int)(value >> (top - 7)) & 127 : 0);
}

static void index_edges(void) {
    for (i64 at = 100; at < edge_count; at++) {
        int slot = slot_of(edges[at] - (at > 100)) + (at > 100);
        int last = at + 1 < edge_count ? slot_of(edges[at + 1] - 1) : 64 * 128 - 1;
        while (slot <= last) first_edge[slot++] = (uint16_t)at;
    }
}

static inline i64 edge_of(i64 value) {
    if (value <= 100) return value > 0 ? value : 0;
    i64 at = first_edge[slot_of(value)];
    while (at + 1 < edge_count && edges[at + 1] <= value) at++;
    return at;
}

static inline void note(struct trend *trend, i64 value) {
    trend->counts[edge_of(value)]++;
    trend->sum += value;
    if (!trend->count++) trend->min = trend->max = value;
    if (value < trend->min) trend->min = value;
    if (value > trend->max) trend->max = value;
}

static i64 bin_ns, bins, bin_now, border; /* of the counts: bins close as time passes */

static struct {
    i64 busy, waiting, inside, last, sojourn;
    uint32_t head, tail;
    i64 *arrivals, *grants, *departures, *busy_integral, *waiting_integral, *inside_integral, *waiting_max;
    struct trend waits;
} desk;

static inline void close_span(i64 until) {
    i64 span = until - desk.last;
    desk.last = until;
    desk.busy_integral[bin_now] += desk.busy * span;
    desk.waiting_integral[bin_now] += desk.waiting * span;
    desk.inside_integral[bin_now] += desk.inside * span;
}

static void next_bin(i64 now, i64 servers) {
    while (now >= border && bin_now + 1 < bins) {
        if (servers) close_span(border);
        bin_now++;
        border += bin_ns;
        if (servers) desk.waiting_max[bin_now] = desk.waiting;
    }
}

/* ---------------------------------------------------------------- output */

static u64 checksum = 0xCBF29CE484222325u;
static FILE *figures;

static void write_figure(const char *name, const i64 *values, i64 count) {
    if (figures) fprintf(figures, "%s", name);
    for (i64 at = 0; at < count; at++) {
        checksum = (checksum ^ (u64)values[at]) * 0x100000001B3u;
        if (figures) fprintf(figures, " %" PRId64, values[at]);
    }
    if (figures) fprintf(figures, "\n");
}

static void write_number(const char *name, i64 value) { write_figure(name, &value, 1); }

static void write_trend(const char *name, const struct trend *trend) {
    char label[64];
    const i64 exact[4] = {trend->count, trend->sum, trend->min, trend->max};
    snprintf(label, sizeof label, "%s.histogram", name);
    write_figure(label, trend->counts, edge_count);
    snprintf(label, sizeof label, "%s.exact", name);
    write_figure(label, exact, 4);
}

static long peak_kib(void) {
    /* The high-water mark of this program; ru_maxrss may still hold that of the process that started it. */
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (status) {
        while (fgets(line, sizeof line, status))
            if (sscanf(line, "VmHWM: %ld", &kib) == 1) break;
        fclose(status);
    }
    if (!kib) {
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        kib = usage.ru_maxrss;
#ifdef __APPLE__
        kib /= 1024;
#endif
    }
    return kib;
}

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---------------------------------------------------------------- the model */

static int by_key(const void *one, const void *other) {
    key left = *(const key *)one, right = *(const key *)other;
    return left < right ? -1 : left > right;
}

static void populate(const struct input *in) {
    u64 state = stream_state(in->seed, -1);
    key *order = zeros((size_t)in->people, sizeof *order);
    for (i64 id = 0; id < in->people; id++) order[id] = (key)bits(state, (u64)id, 0) << 64 | (u64)id;
    qsort(order, (size_t)in->people, sizeof *order, by_key);
    for (i64 rank = 0; rank < in->people; rank++) {
        people[rank].id = (uint32_t)order[rank];
        put(0, (uint32_t)rank);
    }
    free(order);
}

static inline void grant(i64 now, struct person *person) {
    desk.grants[bin_now]++;
    note(&desk.waits, now - person->asked);
}

static i64 *calls;
static struct trend durations;

static i64 simulate(const struct input *in, const i64 *arrive, const i64 *think, const i64 *service) {
    const u64 arriving = stream_state(in->seed, in->arrive_stream), thinking = stream_state(in->seed, in->think_stream);
    const u64 serving = stream_state(in->seed, in->service_stream);
    const i64 servers = in->servers, horizon = in->horizon;
    i64 events = 0;
    while (heap_length) {
        const i64 now = (i64)(heap[0] >> 64);
        const uint32_t rank = (uint32_t)heap[0];
        struct person *me = people + rank;
        i64 delay = 0;
        hole = 1;
        events++;
        if (now >= border) next_bin(now, servers);
        while (delay <= 0) { /* nobody waits for no time: a delay of 0 goes on at once */
            if (me->phase == START) {
                delay = draw(arrive, bits(arriving, me->id, 0));
                me->phase = COME;
            } else if (me->phase == THOUGHT && servers) {
                me->asked = now;
                close_span(now);
                desk.arrivals[bin_now]++;
                desk.inside++;
                me->phase = GRANTED;
                if (desk.busy == servers) {
                    me->next = UINT32_MAX;
                    if (desk.waiting++) people[desk.tail].next = rank; else desk.head = rank;
                    desk.tail = rank;
                    if (desk.waiting > desk.waiting_max[bin_now]) desk.waiting_max[bin_now] = desk.waiting;
                    break;
                }
                desk.busy++;
                grant(now, me);
            } else if (me->phase == GRANTED) {
                delay = draw(service, bits(serving, me->id, me->ordinal));
                me->phase = SERVED;
            } else {
                if (me->phase == SERVED) {
                    close_span(now);
                    desk.departures[bin_now]++;
                    desk.inside--;
                    desk.sojourn += now - me->asked;
                    if (desk.waiting) {
                        struct person *next = people + desk.head;
                        desk.waiting--;
                        grant(now, next);
                        put(now, desk.head);
                        desk.head = next->next;
                    } else {
                        desk.busy--;
                    }
                }
                if (me->phase != COME) {
                    calls[bin_now]++;
                    note(&durations, now - me->asked);
                    me->ordinal++;
                }
                me->asked = now;
                delay = draw(think, bits(thinking, me->id, me->ordinal));
                me->phase = THOUGHT;
            }
        }
        if (delay > 0 && now + delay < horizon) put(now + delay, rank);
        close_hole();
    }
    if (servers) {
        next_bin(horizon - 1, servers);
        close_span(horizon);
    }
    return events;
}

static void write_all(const struct input *in, i64 events) {
    write_number("events", events);
    write_figure("calls", calls, bins);
    write_trend("durations", &durations);
    if (!in->servers) return;
    i64 inside = 0;
    for (i64 rank = 0; rank < in->people; rank++)
        if (people[rank].phase == GRANTED || people[rank].phase == SERVED) inside += in->horizon - people[rank].asked;
    write_figure("arrivals", desk.arrivals, bins);
    write_figure("grants", desk.grants, bins);
    write_figure("departures", desk.departures, bins);
    write_figure("busy_integral", desk.busy_integral, bins);
    write_figure("waiting_integral", desk.waiting_integral, bins);
    write_figure("inside_integral", desk.inside_integral, bins);
    write_figure("waiting_max", desk.waiting_max, bins);
    write_number("sojourn_sum", desk.sojourn);
    write_number("sojourn_inside", inside);
    write_number("waiting_end", desk.waiting);
    write_number("in_service_end", desk.busy);
    write_trend("waits", &desk.waits);
}

static void read_words(FILE *file, void *words, size_t count) {
    if (fread(words, sizeof(i64), count, file) != count) die("the input is too short");
}

static void make_room(const struct input *in) {
    /* Four children lie in one cache line: the first child has index 1. */
    char *block = zeros((size_t)in->people + 16, sizeof(key));
    heap = (key *)(block + (64 - (uintptr_t)block % 64) % 64) + 3;
    people = zeros((size_t)in->people, sizeof *people);
    bin_ns = border = in->bin;
    bins = (in->horizon + in->bin - 1) / in->bin;
    calls = zeros((size_t)bins, sizeof *calls);
    durations.counts = zeros((size_t)edge_count, sizeof(i64));
    desk.waits.counts = zeros((size_t)edge_count, sizeof(i64));
    i64 **by_bin[] = {&desk.arrivals, &desk.grants, &desk.departures, &desk.busy_integral, &desk.waiting_integral,
                      &desk.inside_integral, &desk.waiting_max};
    for (size_t at = 0; at < sizeof by_bin / sizeof *by_bin; at++) *by_bin[at] = zeros((size_t)bins, sizeof(i64));
}

int main(int argc, char **argv) {
    struct input in;
    static i64 tables[3][TABLE];
    if (argc < 2) die("usage: pinger INPUT [FIGURES]; - reads from stdin");
    FILE *file = strcmp(argv[1], "-") ? fopen(argv[1], "rb") : stdin;
    if (!file) die("the input cannot be read");
    read_words(file, &in, sizeof in / sizeof(i64));
    if (in.magic != MAGIC || in.people < 1 || in.people >= UINT32_MAX || in.horizon < 1 || in.bin < 1 || in.edges < 102)
        die("this is no input of benchmarks/pinger.py");
    read_words(file, tables, sizeof tables / sizeof(i64));
    i64 *read = zeros((size_t)in.edges, sizeof(i64));
    read_words(file, read, (size_t)in.edges);
    edges = read;
    edge_count = in.edges;

    double begun = cpu_seconds();
    index_edges();
    make_room(&in);
    populate(&in);
    double ready = cpu_seconds();
    i64 events = simulate(&in, tables[0], tables[1], tables[2]);
    double done = cpu_seconds();

    if (argc > 2 && !(figures = fopen(argv[2], "w"))) die("the figures cannot be written");
    write_all(&in, events);
    if (figures && fclose(figures)) die("the figures cannot be written");
    printf("events %" PRId64 "\nchecksum %016" PRIx64 "\nseconds %.9f\nsetup_seconds %.9f\npeak_kib %ld\n", events, checksum,
           done - begun, ready - begun, peak_kib());
    return 0;
}
