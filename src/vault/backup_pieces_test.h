// The pieces of a backup's file, taken apart for tests.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "wire/backup_file.h"

namespace coffer::vault {

// Piece is one piece of a file.
struct Piece {
  wire::PieceKind kind{};
  Buffer octets;
};

// cut takes a good file apart.
inline std::vector<Piece> cut(Bytes file) {
  std::vector<Piece> pieces;
  Bytes rest = file.subspan(wire::kBackupMagic.size());
  while (!rest.empty()) {
    const auto head = wire::decode_piece_head(rest.first(wire::PieceHead::kBytes)).value();
    pieces.push_back({head.kind, to_buffer(rest.subspan(wire::PieceHead::kBytes, head.bytes))});
    rest = rest.subspan(wire::PieceHead::kBytes + head.bytes);
  }
  return pieces;
}

}  // namespace coffer::vault
