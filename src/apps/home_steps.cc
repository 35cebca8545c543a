// Home steps: the table. It is defined in a file of its own, so that a test can link a later one.
#include "apps/home_steps.h"

#include <array>

namespace coffer::apps {

namespace {

// Format 3 moved no file.
Status move_to_3(const std::string& /*home*/) { return {}; }

// Format 5 moved none.
Status move_to_5(const std::string& /*home*/) { return {}; }
// Nor did format 6.
Status move_to_6(const std::string& /*home*/) { return {}; }
// Nor did format 7.
Status move_to_7(const std::string& /*home*/) { return {}; }

constexpr std::array<host::HomeStep, 5> kSteps{{{.from = 2, .move = move_to_3},
                                                {.from = 3, .move = move_to_4},
                                                {.from = 4, .move = move_to_5},
                                                {.from = 5, .move = move_to_6},
                                                {.from = 6, .move = move_to_7}}};

}  // namespace

std::span<const host::HomeStep> home_steps() { return kSteps; }

}  // namespace coffer::apps
