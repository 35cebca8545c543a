// Unix stream sockets: listen, connect, who is the peer, octets with descriptors, exact reads and writes.
#include "host/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "host/errno_error.h"

namespace coffer::host {

namespace {

// Address is a socket address. When the path is too long for it, `directory` stands for the path's first part
// and must stay open while the address is used.
struct Address {
  sockaddr_un name{};
  Descriptor directory;

  [[nodiscard]] const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&name); }
};

Result<Address> address_of(const std::string& path) {
  Address address;
  address.name.sun_family = AF_UNIX;
  std::string short_path = path;
  if (path.size() >= sizeof(address.name.sun_path)) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return Error{Code::invalid, "the name of a socket is too long"};
    address.directory =
        Descriptor(::open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!address.directory.is_open()) return errno_error("cannot open the directory of a socket");
    short_path = "/proc/self/fd/" + std::to_string(address.directory.get()) + path.substr(slash);
  }
  if (short_path.empty() || short_path.size() >= sizeof(address.name.sun_path)) {
    return Error{Code::invalid, "the name of a socket is empty or too long"};
  }
  std::memcpy(address.name.sun_path, short_path.c_str(), short_path.size() + 1);
  return address;
}

Result<Descriptor> make_socket() {
  Descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made.is_open()) return errno_error("cannot make a socket");
  return std::move(made).above_streams();
}

// Waits until `events` can be done on the socket without blocking (or its peer is gone, which the call after
// this one will find out).
Status wait_for(const Descriptor& socket, short events, Deadline deadline) {
  for (;;) {
    pollfd entry{socket.get(), events, 0};
    const int ready = ::poll(&entry, 1, deadline.poll_milliseconds());
    if (ready > 0) return {};
    if (ready == 0) return Error{Code::timed_out, "the peer does not answer in time"};
    if (errno != EINTR) return errno_error("cannot wait for a socket");
  }
}

bool would_block(int number) { return number == EAGAIN || number == EWOULDBLOCK; }

// Removes a socket at `path` that nobody answers at, so that bind() can take the name.
Status remove_stale_socket(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0) {
    if (errno == ENOENT) return {};
    return errno_error("cannot inspect the name of a socket");
  }
  if (!S_ISSOCK(about.st_mode))
    return Error{Code::exists, "the name of the socket is taken by something else"};
  const Address address = TRY(address_of(path));
  const Descriptor probe = TRY(make_socket());
  if (::connect(probe.get(), address.generic(), sizeof(address.name)) == 0 || would_block(errno)) {
    return Error{Code::exists, "another process answers at this socket"};
  }
  if (errno == ENOENT) return {};
  if (errno != ECONNREFUSED) return errno_error("cannot tell whether somebody answers at a socket");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("cannot remove a stale socket");
  return {};
}

// ControlBuffer is room for the descriptors of one message, aligned as the kernel wants it. It holds more
// than any caller may ask for, so that too many are seen (and closed), not silently cut.
struct ControlBuffer {
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(int) * (kDescriptorsMax + 1))> octets{};
};

// Takes over all descriptors in a received message.
std::vector<Descriptor> collect_descriptors(msghdr& message) {
  std::vector<Descriptor> collected;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      collected.emplace_back(number);
    }
  }
  return collected;
}

// Sends once, with descriptors when there are some, and tells how many octets went out.
Result<std::size_t> send_some(const Descriptor& socket, Bytes octets, std::span<const int> descriptors,
                              Deadline deadline) {
  iovec part{const_cast<std::uint8_t*>(octets.data()), octets.size()};  // sendmsg() does not write to it.
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.octets.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  for (;;) {
    const ssize_t sent = ::sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EINTR) continue;
    if (!would_block(errno)) return errno_error("cannot send to the peer");
    TRY(wait_for(socket, POLLOUT, deadline));
  }
}

}  // namespace

bool Peer::is_in_group(gid_t group) const {
  return gid == group || std::find(groups.begin(), groups.end(), group) != groups.end();
}

Result<Descriptor> listen_unix(const std::string& path, mode_t mode) {
  TRY(remove_stale_socket(path));
  const Address address = TRY(address_of(path));
  Descriptor listener = TRY(make_socket());
  // The inode of the bound name gets the socket's mode less the umask, so it is never wider than asked.
  if (::fchmod(listener.get(), mode) != 0) return errno_error("cannot set the mode of a socket");
  if (::bind(listener.get(), address.generic(), sizeof(address.name)) != 0) {
    if (errno == EADDRINUSE) return Error{Code::exists, "the name of the socket is taken"};
    return errno_error("cannot bind a socket");
  }
  if (::chmod(path.c_str(), mode) != 0) return errno_error("cannot set the mode of a socket");
  if (::listen(listener.get(), kListenBacklog) != 0) return errno_error("cannot listen at a socket");
  return listener;
}

Result<Descriptor> connect_unix(const std::string& path, Deadline deadline) {
  const Address address = TRY(address_of(path));
  Descriptor socket = TRY(make_socket());
  for (;;) {
    if (::connect(socket.get(), address.generic(), sizeof(address.name)) == 0) return socket;
    if (errno == EINTR) continue;
    if (!would_block(errno)) return errno_error("cannot connect to a socket");
    // The listener's backlog is full. The kernel offers nothing to wait for, so try again a little later.
    constexpr int kRetryMilliseconds = 1;
    const int left = deadline.poll_milliseconds();
    if (left == 0) return Error{Code::timed_out, "the peer does not accept in time"};
    ::poll(nullptr, 0, kRetryMilliseconds);
  }
}

Result<std::optional<Descriptor>> accept_unix(const Descriptor& listener) {
  auto accepted = TRY(accept_from(listener));
  if (!accepted) return std::optional<Descriptor>();
  return std::optional<Descriptor>(std::move(accepted->socket));
}

Result<std::optional<Accepted>> accept_from(const Descriptor& listener) {
  for (;;) {
    Accepted accepted;
    socklen_t length = sizeof accepted.from;
    accepted.socket = Descriptor(::accept4(listener.get(), reinterpret_cast<sockaddr*>(&accepted.from),
                                           &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (accepted.socket.is_open()) return std::optional<Accepted>(std::move(accepted));
    if (would_block(errno)) return std::optional<Accepted>();
    if (errno != EINTR && errno != ECONNABORTED) return errno_error("cannot accept a connection");
  }
}

Result<SocketPair> make_socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    return errno_error("cannot make a pair of sockets");
  }
  return SocketPair{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<Peer> peer_of(const Descriptor& socket) {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return errno_error("cannot tell who the peer is");
  }
  Peer peer{credentials.uid, credentials.gid, credentials.pid, {}};
  constexpr std::size_t kUsualGroups = 32;
  peer.groups.resize(kUsualGroups);
  // With too little room the kernel says how much is needed, and the second call has it.
  for (int attempt = 0; attempt < 2; ++attempt) {
    length = static_cast<socklen_t>(peer.groups.size() * sizeof(gid_t));
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &length) == 0) {
      peer.groups.resize(length / sizeof(gid_t));
      return peer;
    }
    const std::size_t needed = length / sizeof(gid_t);
    if (errno != ERANGE || needed > kPeerGroupsMax) break;
    peer.groups.resize(needed);
  }
  return errno_error("cannot tell the groups of the peer");
}

Status read_exactly(const Descriptor& socket, MutableBytes octets, Deadline deadline) {
  while (!octets.empty()) {
    const ssize_t count = ::recv(socket.get(), octets.data(), octets.size(), MSG_DONTWAIT);
    if (count > 0) {
      octets = octets.subspan(static_cast<std::size_t>(count));
      continue;
    }
    if (count == 0) return Error{Code::unavailable, "the peer closed the connection"};
    if (errno == EINTR) continue;
    if (!would_block(errno)) return Error{Code::unavailable, "the peer is gone"};
    TRY(wait_for(socket, POLLIN, deadline));
  }
  return {};
}

Status write_exactly(const Descriptor& socket, Bytes octets, Deadline deadline) {
  while (!octets.empty()) {
    const std::size_t sent = TRY(send_some(socket, octets, {}, deadline));
    octets = octets.subspan(sent);
  }
  return {};
}

Status send_with_descriptors(const Descriptor& socket, Bytes octets, std::span<const int> descriptors,
                             Deadline deadline) {
  if (octets.empty()) return Error{Code::invalid, "descriptors need an octet to travel with"};
  if (descriptors.size() > kDescriptorsMax) return Error{Code::limit, "too many descriptors for one message"};
  const std::size_t sent = TRY(send_some(socket, octets, descriptors, deadline));
  return write_exactly(socket, octets.subspan(sent), deadline);
}

Result<Received> receive_with_descriptors(const Descriptor& socket, MutableBytes octets,
                                          std::size_t descriptors_max, Deadline deadline) {
  if (octets.empty() || descriptors_max > kDescriptorsMax)
    return Error{Code::invalid, "nothing can be received"};
  for (;;) {
    iovec part{octets.data(), octets.size()};
    ControlBuffer control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.octets.data();
    message.msg_controllen = control.octets.size();
    const ssize_t count = ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && !would_block(errno)) return Error{Code::unavailable, "the peer is gone"};
    if (count < 0) {
      TRY(wait_for(socket, POLLIN, deadline));
      continue;
    }
    Received received{static_cast<std::size_t>(count), collect_descriptors(message)};
    const bool cut = (message.msg_flags & MSG_CTRUNC) != 0;
    if (cut || received.descriptors.size() > descriptors_max) {
      return Error{Code::limit, "the peer sent more descriptors than it may"};
    }
    return received;
  }
}

Result<std::vector<std::size_t>> wait_readable(std::span<const int> descriptors, Deadline deadline) {
  std::vector<pollfd> entries;
  entries.reserve(descriptors.size());
  for (const int number : descriptors) entries.push_back(pollfd{number, POLLIN, 0});
  for (;;) {
    const int ready = ::poll(entries.data(), entries.size(), deadline.poll_milliseconds());
    if (ready == 0) return Error{Code::timed_out, "nothing happened in time"};
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return errno_error("cannot wait for descriptors");
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].revents != 0) positions.push_back(i);
    }
    return positions;
  }
}

}  // namespace coffer::host
