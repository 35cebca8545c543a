// AuditClient: the AuditLog and the MarkFile at the other end of inherited sockets; the chip's end of the
// audit writer.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "host/descriptor.h"
#include "store/audit_log.h"
#include "store/channel.h"
#include "store/mark_file.h"

namespace coffer::store {

class ChannelPool;

// AuditClient is safe from many threads at once; a call takes any free channel, so lines of two threads have
// no order among each other, and those of one thread do. It uses only sendmsg, recvmsg and poll on the
// sockets. Deadlines and a dead writer are handled as in BrokerClient.
class AuditClient final : public AuditLog, public MarkFile {
 public:
  // create fails with `invalid` when there is no channel.
  static Result<std::unique_ptr<AuditClient>> create(
      std::vector<host::Descriptor> channels, std::chrono::milliseconds answer_time_max = kAnswerTimeMax);
  ~AuditClient() override;
  AuditClient(const AuditClient&) = delete;
  AuditClient& operator=(const AuditClient&) = delete;

  Status append(std::span<const std::string> lines, Urgency urgency = Urgency::ordinary) override;
  Status append_relaxed(std::span<const std::string> lines) override;
  Status sync() override;
  Result<AuditTail> tail() override;
  Result<AuditPage> read(std::uint64_t first) override;
  Status cut(std::uint64_t line_count) override;
  Status check_room() override;

  Result<std::optional<Buffer>> read_mark() override;
  Status write_mark(Bytes mark) override;

 private:
  explicit AuditClient(std::unique_ptr<ChannelPool> channels);

  std::unique_ptr<ChannelPool> channels_;
};

}  // namespace coffer::store
