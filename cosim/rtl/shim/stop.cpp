// SPDX-License-Identifier: MIT OR Apache-2.0
// What happens when an RTL assertion fires: the place is kept for the run that asks for it, where Verilator's own
// handler would abort the process. Compiled once, with Verilator's runtime (VL_USER_STOP, VL_USER_FATAL).

#include <cstdint>
#include <mutex>
#include <string>

#include "verilated.h"

namespace {
thread_local std::string fired;
}

// Held while a design is constructed: Verilator's random numbers.
std::mutex avm_random;

void vl_stop(const char* file, int line, const char* scope) VL_MT_UNSAFE {
    if (!fired.empty()) return;  // the first one is the cause
    fired = std::string(file) + ":" + std::to_string(line) + " in " + scope;
}

void vl_fatal(const char* file, int line, const char* scope, const char* message) VL_MT_UNSAFE {
    if (fired.empty()) fired = std::string(message) + " at " + file + ":" + std::to_string(line) + " in " + scope;
}

// The first assertion that fired on this thread since the last call, as text; its length, 0 if none.
extern "C" uint64_t avm_assertion(char* text, uint64_t capacity) {
    uint64_t length = fired.size() < capacity ? fired.size() : capacity;
    fired.copy(text, length);
    fired.clear();
    return length;
}

extern "C" uint8_t avm_assertion_fired() { return !fired.empty(); }
