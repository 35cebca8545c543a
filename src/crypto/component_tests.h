// The tests behind self_test(): each computes a known answer and compares. For crypto/ only.
#pragma once

#include <optional>

#include "crypto/self_test.h"

namespace coffer::crypto {

// test_component computes the component's known answers; false when one differs. It bypasses the gates.
bool test_component(Component component);

// inject_fault makes one component's test see a flipped bit (none: no fault).
void inject_fault(std::optional<Component> component);

}  // namespace coffer::crypto
