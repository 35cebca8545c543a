// Multi-buffer signatures: eight at a time where the CPU can (crypto_mb), gated by their own known answers.
#pragma once

#include <string_view>

namespace coffer::crypto {}
