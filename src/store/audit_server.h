// AuditServer: the server loop of the audit writer process; it keeps the audit log and the high-water mark.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "host/descriptor.h"
#include "store/audit_log.h"
#include "store/mark_file.h"

namespace coffer::store {

class Answerer;
class ChannelServer;

// AuditServer answers AuditClient on the other end of its channels, one thread a channel. A request that does
// not decode closes its channel.
class AuditServer final {
 public:
  // start begins to answer on `channels` (Unix stream sockets); `log` and `mark` must outlive the server. All
  // threads have started when it returns. Fails with `limit` for none or more than kChannelsMax channels.
  static Result<std::unique_ptr<AuditServer>> start(AuditLog& log, MarkFile& mark,
                                                    std::vector<host::Descriptor> channels);
  // The destructor hangs up and joins the threads; a request being answered is finished first.
  ~AuditServer();
  AuditServer(const AuditServer&) = delete;
  AuditServer& operator=(const AuditServer&) = delete;

  // wait returns when the peer has closed every channel.
  void wait();

 private:
  AuditServer(std::unique_ptr<Answerer> answerer, std::unique_ptr<ChannelServer> server);

  std::unique_ptr<Answerer> answerer_;
  std::unique_ptr<ChannelServer> server_;  // dies first: its threads use the answerer
};

}  // namespace coffer::store
