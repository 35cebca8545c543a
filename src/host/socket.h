// Unix stream sockets: listen, connect, who is the peer, octets with descriptors, exact reads and writes.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "host/deadline.h"
#include "host/descriptor.h"

namespace coffer::host {

// kDescriptorsMax is how many descriptors travel with one message at most.
inline constexpr std::size_t kDescriptorsMax = 16;
// kPeerGroupsMax is the most supplementary groups of a peer that we read (the kernel's own limit).
inline constexpr std::size_t kPeerGroupsMax = 65536;
// kListenBacklog is how many connections may wait to be accepted.
inline constexpr int kListenBacklog = 1024;

// Peer is who sits at the other end, as the kernel recorded it when the connection was made. `pid` is only a
// hint: the process may have handed its end to another one.
struct Peer {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::vector<gid_t> groups;  // supplementary groups, in the kernel's order

  [[nodiscard]] bool is_in_group(gid_t group) const;
};

// SocketPair is two connected ends.
struct SocketPair {
  Descriptor ours;
  Descriptor theirs;
};

// Received is one recvmsg(): how many octets came, and the descriptors that came with them. Zero octets mean
// that the peer closed its end.
struct Received {
  std::size_t bytes = 0;
  std::vector<Descriptor> descriptors;
};

// listen_unix makes a listening, non-blocking socket at `path` with exactly `mode`. A socket that nobody
// answers at is replaced; one that somebody answers at is `exists`, and so is anything that is not a socket.
// The caller holds the directory's LockFile, so that two starters do not race. A path longer than the address
// field is reached through its directory; only its last part must fit.
Result<Descriptor> listen_unix(const std::string& path, mode_t mode);

// connect_unix connects to `path`. Fails with `not_found` (no such socket), `unavailable` (nobody answers),
// `denied`, or `timed_out`. The socket is non-blocking; the functions below wait by themselves.
Result<Descriptor> connect_unix(const std::string& path, Deadline deadline);

// accept_unix takes the next waiting connection, or nothing when none waits. Fails with `limit` when this
// process or the machine has no descriptor left. The socket is non-blocking.
Result<std::optional<Descriptor>> accept_unix(const Descriptor& listener);

// Accepted is a connection, and the address that it comes from.
struct Accepted {
  Descriptor socket;
  sockaddr_storage from{};
};
// accept_from is accept_unix() for any kind of socket.
Result<std::optional<Accepted>> accept_from(const Descriptor& listener);

// make_socket_pair makes two connected, non-blocking Unix stream sockets.
Result<SocketPair> make_socket_pair();

// peer_of asks the kernel who made the connection.
Result<Peer> peer_of(const Descriptor& socket);

// read_exactly fills `octets`. Fails with `unavailable` when the peer is gone and with `timed_out`; then an
// unknown part of `octets` has been filled and the connection is of no more use.
Status read_exactly(const Descriptor& socket, MutableBytes octets, Deadline deadline);

// write_exactly sends all of `octets`; failures as read_exactly(). Never raises SIGPIPE.
Status write_exactly(const Descriptor& socket, Bytes octets, Deadline deadline);

// send_with_descriptors sends all of `octets` (at least one) with copies of `descriptors` attached to the
// first.
Status send_with_descriptors(const Descriptor& socket, Bytes octets, std::span<const int> descriptors,
                             Deadline deadline);

// receive_with_descriptors waits for octets and takes at most `octets.size()` of them, with at most
// `descriptors_max` (up to kDescriptorsMax) descriptors. When more came, all are closed and it fails with
// `limit`: such a peer does not speak our protocol.
Result<Received> receive_with_descriptors(const Descriptor& socket, MutableBytes octets,
                                          std::size_t descriptors_max, Deadline deadline);

// wait_readable waits until at least one of the descriptors has something to read (or its peer is gone, or,
// for a pidfd, the process has ended), and gives the positions of all that do. Fails with `timed_out`.
// Negative numbers are skipped.
Result<std::vector<std::size_t>> wait_readable(std::span<const int> descriptors, Deadline deadline);

}  // namespace coffer::host
