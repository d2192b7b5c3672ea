/* SPDX-License-Identifier: BSD-2-Clause */
/* The edges of the program as src/live and what is below it see them: clock, random numbers,
 * captures, sending, ports, routes, tables of the kernel, signals, confinement, report. They stand
 * in for the files of the same names in src. */
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "../outgoing.h"
#include "base/random.h"
#include "cli/commandline.h"
#include "confine/confine.h"
#include "confine/holder.h"
#include "confine/locator.h"
#include "live/interrupts.h"
#include "live/run/probe.h"
#include "loop/conntrack.h"
#include "many.h"
#include "net/capture.h"
#include "net/clock.h"
#include "net/guard.h"
#include "net/localerrors.h"
#include "net/privileges.h"
#include "net/route.h"
#include "net/routing/device.h"
#include "net/routing/neighbour.h"
#include "net/settings.h"
#include "net/synretries.h"
#include "net/transmit.h"
#include "output/output.h"
#include "tcp/outcome.h"

#define ETHERNET          14u
#define LINKTYPE_ETHERNET 1
#define WAKE_NS           (1 * US)
#define LOCATE_NS         (2 * MS)
#define SLEEP_MOST_NS     (40 * MS)
#define STOP_MOST_NS      (4 * SECOND)
#define WAITS_MOST        2000000u
#define FD_OF_CAPTURE     100
#define LOOPBACK_IFINDEX  1

enum purpose { OF_ECHO = 101, OF_BUSY, OF_SLEEP };

/* net/clock.h */

int64_t clock_monotonic_ns(void)
{
    return world->now_ns;
}

int64_t clock_epoch_ns(void)
{
    return EPOCH_NS + (world->now_ns - START_NS);
}

struct clock_look clock_look(void)
{
    return (struct clock_look){clock_monotonic_ns(), clock_epoch_ns(), clock_monotonic_ns()};
}

static bool chance(uint64_t purpose, uint64_t nth, unsigned permille)
{
    return permille > 0 && network_dice(purpose, 0, nth, 1000) < permille;
}

/* Another process has the processor. */
static void sleep_late(struct world *w)
{
    if (!chance(OF_SLEEP, w->waits, w->s.sleep_permille))
        return;
    bool stopped = w->s.stopped && network_dice(OF_SLEEP, 2, w->waits, 10) == 0;
    w->statistics->late++;
    network_advance(w->now_ns +
                    (int64_t)network_dice(OF_SLEEP, 1, w->waits,
                                          (uint64_t)(stopped ? STOP_MOST_NS : SLEEP_MOST_NS)));
}

int clock_wait(struct pollfd *polled, nfds_t count, int64_t until_ns)
{
    struct world *w = world;
    (void)polled;
    (void)count;
    w->located = false;
    if (++w->waits >= WAITS_MOST)
        world_fail("ends", "%u rounds and no end", WAITS_MOST);
    bool news = network_advance(w->now_ns + WAKE_NS);
    while (!news && !w->failed && w->now_ns < until_ns) {
        int64_t next_ns = network_next_ns();
        if (next_ns == NEVER && until_ns == NEVER)
            world_fail("ends", "the program waits for ever");
        else
            news = network_advance(next_ns < until_ns ? next_ns : until_ns);
    }
    sleep_late(w);
    return 0;
}

/* base/random.h */

int random_fill(void *out, size_t len, struct error *error)
{
    (void)error;
    rng_fill(&world->random, out, len);
    return 0;
}

/* net/settings.h, net/synretries.h, net/privileges.h */

void settings_ephemeral(struct ephemeral *ephemeral)
{
    char range[32];
    snprintf(range, sizeof range, "%u\t%u\n", world->s.port_first, world->s.port_last);
    ephemeral_parse(range, "", ephemeral);
}

unsigned settings_neighbours(enum family family)
{
    (void)family;
    return world->s.neighbours_most;
}

uint8_t synretries_linear(void)
{
    return 0;
}

int privileges_check(struct error *error)
{
    (void)error;
    return 0;
}

int privileges_missing(struct error *error)
{
    return error_set(error, STATUS_RUN, "no privilege");
}

/* net/guard.h */

int guard_open(struct guard *guard, const struct address *address, unsigned ifindex, uint16_t port,
               struct error *error)
{
    (void)address;
    (void)ifindex;
    (void)error;
    *guard = (struct guard){.fd = -1, .port = port};
    witness_guards(port, true);
    return 0;
}

bool guard_delivered(const struct guard *guard, uint32_t *count)
{
    *count = world->delivered[guard->port];
    return true;
}

void guard_close(struct guard *guard)
{
    witness_guards(guard->port, false);
    guard->port = 0;
}

/* getifaddrs(3): the loopback interface alone, where spare captures are opened. */

int getifaddrs(struct ifaddrs **out)
{
    static struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_hatype = ARPHRD_LOOPBACK};
    static char name[] = LOOPBACK;
    static struct ifaddrs loopback = {
        .ifa_name = name, .ifa_flags = IFF_UP, .ifa_addr = (struct sockaddr *)&address};
    *out = &loopback;
    return 0;
}

void freeifaddrs(struct ifaddrs *all)
{
    (void)all;
}

/* net/capture.h */

/* "sim0", "sim1", or the loopback interface, where hosts are not. */
static unsigned interface_of(const char *name)
{
    return strcmp(name, LOOPBACK) == 0 ? INTERFACES : (unsigned)(name[3] - '0');
}

struct capture *capture_open(const char *interface, uint32_t frames, uint16_t port_first,
                             uint16_t port_last, struct error *error)
{
    (void)frames;
    (void)error;
    unsigned at = interface_of(interface);
    struct capture *capture =
        &world->captures[at < INTERFACES ? at : CAPTURE_ANY + 1 + world->spares++];
    capture->interface = at;
    witness_captures(capture->number, port_first, port_last);
    return capture;
}

struct capture *capture_open_any(const struct lanefilter *wanted, struct error *error)
{
    (void)wanted;
    if (world->s.sees_all)
        return &world->captures[CAPTURE_ANY];
    error_set(error, STATUS_RUN, "no capture on all interfaces");
    return NULL;
}

int capture_follow(struct capture *any, const struct lanefilter *wanted, struct error *error)
{
    (void)any;
    (void)wanted;
    (void)error;
    return 0;
}

/* What this host's kernel tells itself passes the loopback interface. */
bool capture_place(const struct frame *frame, struct place *place)
{
    *place = (struct place){.ifindex = LOOPBACK_IFINDEX};
    return frame->interface == CAPTURE_ANY;
}

int capture_move(struct capture *capture, const char *interface, unsigned ifindex,
                 struct error *error)
{
    (void)ifindex;
    (void)error;
    capture->interface = interface_of(interface);
    return 0;
}

void capture_close(struct capture *capture)
{
    (void)capture;
}

int capture_fd(const struct capture *capture)
{
    return FD_OF_CAPTURE + (int)capture->number;
}

const char *capture_interface(const struct capture *capture)
{
    static const char *const names[CAPTURES] = {"sim0", "sim1", "any", LOOPBACK, LOOPBACK};
    return names[capture->number];
}

bool capture_has_nanoseconds(const struct capture *capture)
{
    (void)capture;
    return true;
}

uint16_t capture_linktype(const struct capture *capture)
{
    (void)capture;
    return LINKTYPE_ETHERNET;
}

static struct event *take_waiting(struct capture *capture)
{
    struct event *event = capture->head;
    capture->head = event->next;
    capture->waiting--;
    return event;
}

int capture_read(struct capture *capture, int limit, capture_handler *handler, void *user,
                 struct error *error)
{
    struct world *w = world;
    int count = 0;
    (void)error;
    network_advance(w->now_ns);
    while (count < limit && capture->head != NULL) {
        struct event *event = take_waiting(capture);
        const struct frame frame = {.time_ns = EPOCH_NS + (event->stamp_ns - START_NS),
                                    .bytes = event->bytes,
                                    .captured_len = event->len,
                                    .wire_len = event->len,
                                    .link = LINK_ETHERNET,
                                    .interface = (uint16_t)capture->number};
        w->now_ns += w->s.read_ns;
        judge_reads(event);
        handler(user, capture, &frame);
        network_give_back(event);
        count++;
    }
    return count;
}

uint64_t capture_dropped(struct capture *capture)
{
    return capture->dropped;
}

/* net/localerrors.h */

int local_errors_open(struct local_errors *errors, bool ipv4, bool ipv6, struct error *error)
{
    (void)ipv4;
    (void)ipv6;
    (void)error;
    errors->fds[0] = errors->fds[1] = -1;
    return 0;
}

void local_errors_close(struct local_errors *errors)
{
    (void)errors;
}

void local_errors_read(struct local_errors *errors, int limit, local_error_handler *handler,
                       void *user)
{
    (void)errors;
    for (int i = 0; i < limit && world->local_errors != NULL; i++) {
        struct event *event = world->local_errors;
        world->local_errors = event->next;
        const struct frame frame = {.time_ns = EPOCH_NS + (event->stamp_ns - START_NS),
                                    .bytes = event->bytes + ETHERNET,
                                    .captured_len = event->len - ETHERNET,
                                    .wire_len = event->len - ETHERNET,
                                    .link = LINK_RAW};
        judge_reads(event);
        handler(user, &frame);
        network_give_back(event);
    }
}

/* net/transmit.h */

struct transmit {
    struct bytes_frame sent[TRANSMIT_BATCH];
};

static struct transmit the_transmit;

struct transmit *transmit_open(bool ipv4, bool ipv6, struct error *error)
{
    witness_families(ipv4, ipv6);
    (void)error;
    return &the_transmit;
}

int transmit_open_measuring(struct transmit *transmit, struct error *error)
{
    (void)transmit;
    return error_set(error, STATUS_RUN, "not simulated");
}

void transmit_close(struct transmit *transmit)
{
    (void)transmit;
}

bool transmit_tells_protocol(const struct transmit *transmit)
{
    (void)transmit;
    return true;
}

static uint32_t tracked(const struct world *w)
{
    return w->tracked_last - w->tracked_first;
}

/* An entry for each SYN, for 120 s. */
static bool table_is_full(struct world *w)
{
    while (tracked(w) > 0 && w->tracked_until_ns[w->tracked_first % CONNTRACK_KEPT] <= w->now_ns)
        w->tracked_first++;
    return w->s.conntrack_most > 0 && tracked(w) + w->s.conntrack_others >= w->s.conntrack_most;
}

static void track(struct world *w)
{
    if (tracked(w) < CONNTRACK_KEPT)
        w->tracked_until_ns[w->tracked_last++ % CONNTRACK_KEPT] = w->now_ns + 120 * SECOND;
}

/* What this host's kernel says; 0: it goes. */
static int kernel_says(struct world *w, const struct outgoing *segment, const struct tuple *tuple,
                       struct error *error)
{
    bool syn = (segment->flags & F_SYN) != 0 && (!tuple->alive || tuple->syns == 0);
    if (chance(OF_BUSY, w->sendings, w->s.busy_permille)) {
        error_set(error, STATUS_RUN, "no room");
        return TRANSMIT_BUSY;
    }
    if (syn && table_is_full(w)) {
        error_set(error, STATUS_RUN, "the table is full");
        return TRANSMIT_REFUSED;
    }
    if (syn)
        track(w);
    return 0;
}

static void craft(const struct outgoing *o, struct bytes_frame *frame)
{
    struct packet packet = packet_of(o);
    frame_write(frame, &packet);
}

/* Without the padding of a short Ethernet frame. */
static int datagram_len(const struct bytes_frame *frame)
{
    uint32_t total = (uint32_t)frame->bytes[16] << 8 | frame->bytes[17];
    return (int)(frame->bytes[12] == 8 ? total : frame->len - ETHERNET);
}

static int send_one(const struct outgoing *segment, struct bytes_frame *frame, struct error *error)
{
    struct world *w = world;
    struct tuple *tuple = network_tuple(&segment->src, &segment->dst, true);
    w->now_ns += w->s.send_ns;
    w->sendings++;
    craft(segment, frame);
    if (tuple == NULL) {
        world_fail("targets", "a segment for what is no target");
        return datagram_len(frame);
    }
    int code = kernel_says(w, segment, tuple, error);
    judge_sends(segment, tuple, code == 0);
    witness_sends(segment, tuple, code == 0);
    if (code != 0)
        return code;
    bool echo = !chance(OF_ECHO, w->sendings, w->s.echo_missing_permille);
    network_carry(segment, tuple, frame, echo);
    return datagram_len(frame);
}

int transmit_send(struct transmit *transmit, const struct outgoing *segment, unsigned ifindex,
                  const uint8_t **bytes, struct error *error)
{
    (void)ifindex;
    *bytes = transmit->sent[0].bytes + ETHERNET;
    return send_one(segment, &transmit->sent[0], error);
}

enum host_error transmit_refusal(const struct transmit *transmit)
{
    (void)transmit;
    return HOST_EPERM;
}

void transmit_send_batch(struct transmit *transmit, struct transmission *batch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        batch[i].code = send_one(&batch[i].segment, &transmit->sent[i], &batch[i].error);
        batch[i].bytes = transmit->sent[i].bytes + ETHERNET;
        batch[i].refusal = HOST_EPERM;
    }
}

/* net/route.h, net/routing/neighbour.h, net/routing/device.h */

static struct router {
    int unused;
} the_router;

struct router *router_open(struct error *error)
{
    (void)error;
    return &the_router;
}

void router_confine(struct router *router)
{
    (void)router;
}

void router_close(struct router *router)
{
    (void)router;
}

struct netlink *router_netlink(const struct router *router)
{
    (void)router;
    return NULL;
}

void router_forget_rules(struct router *router)
{
    (void)router;
}

void router_remember(struct router *router)
{
    (void)router;
}

/* Any two hosts may differ. */
struct address router_first_alike(const struct router *router, const struct address *address)
{
    (void)router;
    return *address;
}

static const struct host *find_host(const struct address *address)
{
    for (uint32_t i = 0; i < world->s.host_count; i++)
        if (address_equal(&world->s.hosts[i].address, address))
            return &world->s.hosts[i];
    return NULL;
}

static struct address neighbour_of_ours(const struct host *host, uint8_t last)
{
    struct address address = {.family = host->address.family};
    static const uint8_t net4[] = {192, 0, 2}, net6[] = {0x20, 0x01, 0x0d, 0xb8};
    if (address.family == FAMILY_IPV4)
        memcpy(address.bytes, net4, sizeof net4);
    else
        memcpy(address.bytes, net6, sizeof net6);
    address.bytes[address_len(&address) - 1] = last;
    return address;
}

static int way_to(const struct host *host, struct route *route, enum reason *reason)
{
    if (host == NULL || host->unrouted) {
        *reason = REASON_NO_ROUTE;
        return 1;
    }
    route->source = neighbour_of_ours(host, (uint8_t)(1 + host->interface));
    route->by_gateway = !host->on_link;
    route->next_hop = host->on_link ? host->address : neighbour_of_ours(host, 254);
    snprintf(route->interface, sizeof route->interface, "sim%u", (unsigned)host->interface);
    route->mtu = route->device_mtu = MTU_OF(host->interface);
    route->by_port = world->s.by_port;
    return 0;
}

int router_lookup(struct router *router, const struct route_request *request, struct route *route,
                  enum reason *reason, struct error *error)
{
    const struct endpoint theirs = {request->destination, request->destination_port};
    (void)router;
    (void)error;
    *route = (struct route){.ifindex = 0};
    judge_asks(&theirs);
    return way_to(find_host(&request->destination), route, reason);
}

int route_lookup(const struct route_request *request, struct route *route, enum reason *reason,
                 struct error *error)
{
    return router_lookup(&the_router, request, route, reason, error);
}

enum neighbour neighbour_ask(struct netlink *netlink, unsigned ifindex,
                             const struct address *address)
{
    const struct host *host = find_host(address);
    (void)netlink;
    (void)ifindex;
    return host != NULL && host->absent ? NEIGHBOUR_SILENT : NEIGHBOUR_KNOWN;
}

int device_lookup(struct netlink *netlink, const char *name, unsigned ifindex,
                  struct device *device)
{
    (void)netlink;
    (void)name;
    *device = (struct device){.ifindex = ifindex, .name = LOOPBACK, .mtu = UINT16_MAX, .up = true};
    return 0;
}

/* confine/confine.h, confine/holder.h, confine/locator.h */

int confine(const struct sandbox *sandbox, bool verbose, struct error *error)
{
    (void)verbose;
    (void)error;
    world->going = true;
    witness_confines(sandbox->capture_count);
    return 0;
}

uint32_t confine_room_for_files(size_t wanted)
{
    return (uint32_t)wanted;
}

void holder_start(struct holder *holder, const int *files, size_t count)
{
    (void)holder;
    (void)files;
    (void)count;
}

void holder_stop(struct holder *holder)
{
    (void)holder;
}

static struct locator {
    bool asked;
    int64_t answers_ns;
    struct address address;
} locators[8];

struct locator *locator_start(struct error *error)
{
    static unsigned next;
    struct locator *locator = &locators[next++ % 8];
    (void)error;
    locator->asked = false;
    return locator;
}

void locator_stop(struct locator *locator)
{
    (void)locator;
}

int locator_fd(const struct locator *locator)
{
    (void)locator;
    return FD_OF_CAPTURE + CAPTURES;
}

int locator_ask(struct locator *locator, const struct location_request *request,
                struct error *error)
{
    struct resolved resolved;
    locator->asked = resolve_host(request->host, FAMILY_NONE, true, &resolved, error) == 0;
    locator->address = resolved.address;
    locator->answers_ns = world->now_ns + LOCATE_NS;
    network_event(EVENT_LOCATED, locator->answers_ns);
    return locator->asked ? 0 : -1;
}

int locator_read(struct locator *locator, struct location *location, struct error *error)
{
    (void)error;
    if (!locator->asked || world->now_ns < locator->answers_ns)
        return 0;
    locator->asked = false;
    *location = (struct location){.address = locator->address, .resolve_ns = DURATION_UNKNOWN};
    location->result = way_to(find_host(&locator->address), &location->route, &location->reason);
    return 1;
}

/* loop/conntrack.h */

void conntrack_open(struct conntrack *conntrack)
{
    *conntrack = (struct conntrack){.count_fd = -1, .most = world->s.conntrack_most};
}

void conntrack_close(struct conntrack *conntrack)
{
    (void)conntrack;
}

int64_t conntrack_count(const struct conntrack *conntrack)
{
    table_is_full(world);
    world->begun_over = 0;
    return conntrack->most == 0 ? -1 : (int64_t)tracked(world) + world->s.conntrack_others;
}

bool conntrack_is_full(const struct conntrack *conntrack)
{
    (void)conntrack;
    return table_is_full(world);
}

/* live/interrupts.h */

int interrupts_open(struct interrupts *interrupts, const struct output *output, struct error *error)
{
    (void)output;
    (void)error;
    interrupts->signals = interrupts->stops = -1;
    return 0;
}

void interrupts_close(struct interrupts *interrupts)
{
    (void)interrupts;
}

/* What is broken leaves the loop at once, as after a second signal. */
unsigned interrupts_take(const struct interrupts *interrupts, struct output *output,
                         const struct output_outlook *outlook, bool stuck)
{
    unsigned count = world->failed ? 2 : world->interrupts;
    (void)interrupts;
    (void)output;
    (void)outlook;
    (void)stuck;
    world->interrupts = 0;
    if (count > 0 && !world->told)
        world->told_ns = world->now_ns;
    world->told = world->told || count > 0;
    return count;
}

/* output/output.h */

void output_result(struct output *output, struct connection_result *result)
{
    judge_reports(result);
    tally_add(output->tally, result);
}

void output_connection(struct output *output, const struct conversation *conversation)
{
    struct connection_result result;
    conversation_result(conversation, &result);
    output_result(output, &result);
}

bool output_publishes(const struct output *output)
{
    (void)output;
    return false;
}

bool output_wants_steps(const struct output *output)
{
    (void)output;
    return world->s.seed % 4 == 0;
}

bool output_wants_words(const struct output *output)
{
    (void)output;
    return world->s.seed % 8 == 0;
}

void output_order(struct output *output, const struct run_order *order)
{
    (void)output;
    witness_order(order);
}

void output_begin(struct output *output, enum layout layout)
{
    (void)output;
    witness_layout(layout);
}

void output_each_once(struct output *output)
{
    (void)output;
    witness_each_once();
}

bool output_wants_targets(const struct output *output)
{
    (void)output;
    return true;
}

void output_target(struct output *output, const char *host, uint16_t port)
{
    (void)output;
    witness_target(host, port);
}

bool output_wants_ticks(const struct output *output)
{
    (void)output;
    return false;
}

void output_tick(struct output *output, const struct output_outlook *outlook, int64_t now_ns)
{
    (void)output;
    (void)outlook;
    (void)now_ns;
}

void output_so_far(struct output *output, const struct conversation *conversation, int64_t now_ns)
{
    (void)output;
    (void)conversation;
    (void)now_ns;
}

bool output_is_broken(const struct output *output)
{
    (void)output;
    return false;
}

bool output_has_failed(const struct output *output)
{
    (void)output;
    return false;
}

bool output_is_decided(const struct output *output, const char *target, uint16_t port)
{
    (void)output;
    (void)target;
    (void)port;
    return false;
}

void output_may_be_empty(struct output *output)
{
    (void)output;
}

bool output_invalid_lines(struct output *output, uint64_t count)
{
    (void)output;
    (void)count;
    return false;
}

void output_compare(struct output *output)
{
    (void)output;
}

void output_flush(struct output *output)
{
    (void)output;
}

int output_sum_up(struct output *output)
{
    (void)output;
    return STATUS_OK;
}

/* The run. */

int edges_run(struct world *w)
{
    char *argv[ARGUMENTS_MAX];
    struct options options;
    struct error error = {.status = STATUS_OK};
    struct output output;
    memset(&output, 0, sizeof output);
    int argc = scenario_arguments(&w->s, w->shard, argv);
    int status = options_parse(argc, argv, &options, &error);
    output.tally = tally_new(&options.conditions);
    if (status == 0 && output.tally == NULL)
        status = error_set_memory(&error, "out of memory");
    if (status == 0) {
        tally_each_once(output.tally);
        status = probe_run(&options, &output, &error);
    }
    tally_free(output.tally);
    witness_status(status, error.text);
    options_free(&options);
    return status;
}
