// AuditServer: the server loop of the audit writer process; it keeps the audit log and the high-water mark.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "store/audit_log.h"
#include "store/mark_file.h"

namespace coffer::store {

class ChannelServer;

// AuditServer answers AuditClient on the other end of its channels, one thread a channel. A request that does not
// decode closes its channel.
class AuditServer final {
 public:
  // start takes ownership of `channels` (stream sockets) and begins to answer; `log` and `mark` must outlive the
  // server. Fails with `limit` for more than kChannelsMax channels.
  static Result<std::unique_ptr<AuditServer>> start(AuditLog& log, MarkFile& mark,
                                                    const std::vector<int>& channels);
  // The destructor hangs up and joins the threads; a request being answered is finished first.
  ~AuditServer();
  AuditServer(const AuditServer&) = delete;
  AuditServer& operator=(const AuditServer&) = delete;

  // wait returns when the peer has closed every channel.
  void wait();

 private:
  explicit AuditServer(std::unique_ptr<ChannelServer> server);
  std::unique_ptr<ChannelServer> server_;
};

}  // namespace coffer::store
