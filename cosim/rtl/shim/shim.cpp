// SPDX-License-Identifier: MIT OR Apache-2.0
// C interface of one verilated design, compiled once per design with its name and headers defined
// by the build script. No logic of any machine lives here: pins, clock, probe, memories, trace.

#include AVM_TOP_HEADER
#include AVM_ROOT_HEADER

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>

#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

#define AVM_JOIN2(a, b, c) a##b##_##c
#define AVM_JOIN(a, b, c) AVM_JOIN2(a, b, c)
#define AVM_FN(name) AVM_JOIN(avm_, AVM_NAME, name)

extern "C" uint8_t avm_assertion_fired();
extern std::mutex avm_random;

namespace {

struct Dut {
    VerilatedContext context;
    std::unique_ptr<AVM_TOP> top;
#if VM_TRACE
    std::unique_ptr<VerilatedVcdC> vcd;
#endif
    uint64_t time = 0;
};

// Inputs of one clock, as in the Rust struct `Pins`.
struct Pins {
    uint64_t rsp_data;
    uint8_t req_ready;
    uint8_t rsp_valid;
    uint8_t rsp_tag;
    uint8_t rsp_last;
    uint8_t stream_ready;
};

// Limb access for memory words of any width.
uint64_t limb(uint8_t word, unsigned) { return word; }
uint64_t limb(uint16_t word, unsigned) { return word; }
uint64_t limb(uint32_t word, unsigned) { return word; }
uint64_t limb(uint64_t word, unsigned) { return word; }
template <std::size_t N> uint64_t limb(const VlWide<N>& word, unsigned n) {
    uint64_t low = 2 * n < N ? word[2 * n] : 0;
    uint64_t high = 2 * n + 1 < N ? word[2 * n + 1] : 0;
    return high << 32 | low;
}

// Bits above the word's stay 0: Verilator counts on it.
template <class W> void set(W& word, unsigned bits, uint64_t pattern) {
    word = static_cast<W>(bits < 64 ? pattern & ((1ULL << bits) - 1) : pattern);
}
template <std::size_t N> void set(VlWide<N>& word, unsigned bits, uint64_t pattern) {
    for (std::size_t i = 0; i < N; ++i) word[i] = static_cast<uint32_t>(pattern >> (i % 2 ? 32 : 0));
    if (bits % 32) word[N - 1] &= (1U << bits % 32) - 1;
}

template <class W, std::size_t D> void fill(VlUnpacked<W, D>& memory, unsigned bits, uint64_t seed) {
    for (std::size_t i = 0; i < D; ++i) set(memory[i], bits, (seed + i) * 0x9e3779b97f4a7c15ULL);
}

template <class W, std::size_t D> uint64_t read(const VlUnpacked<W, D>& memory, uint64_t address, unsigned n) {
    return limb(memory[address % D], n);
}

// What the fields of the probe are in this design, in their order (cosim/rtl/registers.rs): at which byte of the root
// object a field begins. Bits above its width belong to what lies behind it.
using Root = std::remove_reference_t<decltype(*AVM_TOP::rootp)>;
constexpr uint32_t ABSENT = UINT32_MAX;
constexpr uint32_t OFFSETS[] = {
#define AVM_REGISTER(member, low, width, at, valid, valid_width) \
    static_cast<uint32_t>(offsetof(Root, member)) + (low) / 8,
#define AVM_ABSENT(width, at) ABSENT,
#include "registers.inc"
#undef AVM_REGISTER
#undef AVM_ABSENT
};
#define AVM_REGISTER(member, low, width, at, valid, valid_width)                                         \
    static_assert(offsetof(Root, member) + (low) / 8 + 8 * (((width) + 63) / 64) <= sizeof(Root), \
                  "a register is read in whole words, which have to lie in the object");
#define AVM_ABSENT(width, at)
#include "registers.inc"
#undef AVM_REGISTER
#undef AVM_ABSENT
constexpr uint32_t FIELDS = sizeof(OFFSETS) / sizeof(OFFSETS[0]);

// Words of the packed probe.
constexpr unsigned words_of() {
    unsigned words = 0;
#define AVM_REGISTER(member, low, width, at, valid, valid_width) \
    words = words < ((at) + (width) + 63) / 64 ? ((at) + (width) + 63) / 64 : words;
#define AVM_ABSENT(width, at) words = words < ((at) + (width) + 63) / 64 ? ((at) + (width) + 63) / 64 : words;
#include "registers.inc"
#undef AVM_REGISTER
#undef AVM_ABSENT
    return words;
}

// A field's limb, cut to its width.
template <unsigned WIDTH, class W> uint64_t cut(const W& member, unsigned low, unsigned n) {
    uint64_t value = limb(member, low / 64 + n);
    return WIDTH - 64 * n >= 64 ? value : value & ((1ULL << (WIDTH - 64 * n) % 64) - 1);
}

template <unsigned WIDTH, unsigned AT, class W> void put(uint64_t* words, const W& member, unsigned low) {
    for (unsigned n = 0; n < (WIDTH + 63) / 64; ++n) words[AT / 64 + n] |= cut<WIDTH>(member, low, n) << AT % 64;
}

// Takes a field away while the one that qualifies it, of at most 64 bits, is 0; VALID < 0: none does.
template <unsigned WIDTH, unsigned AT, int VALID, unsigned VALID_WIDTH> void mask(uint64_t* words) {
    if (VALID < 0 || cut<VALID_WIDTH>(words[VALID / 64] >> VALID % 64, 0, 0)) return;
    for (unsigned n = 0; n < (WIDTH + 63) / 64; ++n) {
        uint64_t ones = WIDTH - 64 * n >= 64 ? ~0ULL : (1ULL << (WIDTH - 64 * n) % 64) - 1;
        words[AT / 64 + n] &= ~(ones << AT % 64);
    }
}

void half_clock(Dut* dut, int level) {
    dut->top->clk_i = level;
    dut->top->eval();
#if VM_TRACE
    if (dut->vcd) dut->vcd->dump(dut->time);
#endif
    dut->time += 5;
}

}  // namespace

extern "C" {

// A design just out of reset, memories filled with a pattern made from `seed`.
void* AVM_FN(new)(uint64_t seed, uint8_t fault) {
    auto* dut = new Dut;
    // A seed that any thread sets makes every thread start its random numbers again: what registers hold before
    // reset would depend on what other threads do meanwhile.
    const std::lock_guard<std::mutex> one_at_a_time{avm_random};
    dut->context.threads(1);  // or it starts worker threads that nothing uses
    dut->context.randReset(2);
    dut->context.randSeed(static_cast<int>(seed & 0x7fffffff) | 1);
    dut->context.traceEverOn(true);
#if AVM_MUTANTS
    // The number chooses a mutant (cosim/mutants), not a planted fault; read once, by the first evaluation.
    std::string chosen = "+mutsel=" + std::to_string(fault);
    const char* arguments[] = {"", chosen.c_str()};
    Verilated::threadContextp(&dut->context);
    dut->context.commandArgs(2, arguments);
    fault = 0;
#endif
    dut->top = std::make_unique<AVM_TOP>(&dut->context, "top");
    auto& top = *dut->top;
    top.fault_i = fault;
    top.rst_ni = 0;
    top.clk_i = 0;
    top.host_req_ready_i = 0;
    top.host_rsp_valid_i = 0;
    top.eval();
#define AVM_MEMORY(path, bits) fill(top.rootp->path, bits, seed);
#include "memories.inc"
#undef AVM_MEMORY
    // Two clocks of reset; a core model starts in the state that reset leaves. Assertions hold from then on:
    // before, registers are random.
    dut->context.assertOn(false);
    for (int i = 0; i < 2; ++i) {
        half_clock(dut, 1);
        half_clock(dut, 0);
    }
    top.rst_ni = 1;
    dut->context.assertOn(true);
    dut->time = 0;
    return dut;
}

void AVM_FN(free)(void* handle) {
    auto* dut = static_cast<Dut*>(handle);
    // The destructor of a design looks at the thread's current context, which may belong to one freed before.
    Verilated::threadContextp(&dut->context);
#if VM_TRACE
    if (dut->vcd) dut->vcd->close();
#endif
    dut->top->final();
    delete dut;
}

void AVM_FN(assertions)(void* handle, uint8_t on) { static_cast<Dut*>(handle)->context.assertOn(on); }

void AVM_FN(fault)(void* handle, uint8_t fault) { static_cast<Dut*>(handle)->top->fault_i = fault; }

// One clock with these inputs; whether an assertion fired.
uint8_t AVM_FN(step)(void* handle, const Pins* pins) {
    auto* dut = static_cast<Dut*>(handle);
    auto& top = *dut->top;
    top.host_req_ready_i = pins->req_ready;
    top.host_rsp_valid_i = pins->rsp_valid;
    top.host_rsp_tag_i = pins->rsp_tag;
    top.host_rsp_last_i = pins->rsp_last;
    top.host_rsp_data_i = pins->rsp_data;
#if AVM_STREAM
    top.stream_ready_i = pins->stream_ready;
#endif
    half_clock(dut, 1);
    half_clock(dut, 0);
    return avm_assertion_fired();
}

// Packs the probe into `words`, unless that is null; its length. Fields that the design does not have are 0.
uint64_t AVM_FN(probe)(void* handle, uint64_t* words) {
    constexpr unsigned length = words_of();
    if (!words) return length;
    const auto& root = *static_cast<Dut*>(handle)->top->rootp;
    std::memset(words, 0, length * sizeof(*words));
#define AVM_ABSENT(width, at)
#define AVM_REGISTER(member, low, width, at, valid, valid_width) put<width, at>(words, root.member, low);
#include "registers.inc"
#undef AVM_REGISTER
#define AVM_REGISTER(member, low, width, at, valid, valid_width) mask<width, at, valid, valid_width>(words);
#include "registers.inc"
#undef AVM_REGISTER
#undef AVM_ABSENT
    return length;
}

// Where the registers are: the root object, and for each field the byte in it.
const void* AVM_FN(root)(void* handle) { return static_cast<Dut*>(handle)->top->rootp; }

const uint32_t* AVM_FN(offsets)(uint64_t* count) {
    *count = FIELDS;
    return OFFSETS;
}

uint64_t AVM_FN(memory)(void* handle, uint32_t memory, uint64_t address, uint32_t n) {
    auto* root = static_cast<Dut*>(handle)->top->rootp;
    uint32_t index = 0;
#define AVM_MEMORY(path, bits) \
    if (memory == index++) return read(root->path, address, n);
#include "memories.inc"
#undef AVM_MEMORY
    return 0;
}

// Copies the design's state to `buffer`, unless that is null; its size in bytes. The root object is plain data (the
// build script checks it) and the pointers in it are those of this instance, so its bytes are the state.
uint64_t AVM_FN(save)(void* handle, uint8_t* buffer) {
    auto* dut = static_cast<Dut*>(handle);
    const auto* root = dut->top->rootp;
    if (buffer) {
        std::memcpy(buffer, static_cast<const void*>(root), sizeof(*root));
        std::memcpy(buffer + sizeof(*root), &dut->time, sizeof(dut->time));
    }
    return sizeof(*root) + sizeof(dut->time);
}

// Puts back what `save` copied from this instance; a VCD that is open ends, as its time would run backwards.
void AVM_FN(restore)(void* handle, const uint8_t* buffer) {
    auto* dut = static_cast<Dut*>(handle);
    auto* root = dut->top->rootp;
#if VM_TRACE
    if (dut->vcd) dut->vcd->close();
    dut->vcd.reset();
#endif
    std::memcpy(static_cast<void*>(root), buffer, sizeof(*root));
    std::memcpy(&dut->time, buffer + sizeof(*root), sizeof(dut->time));
}

#if VM_TRACE
// Starts a VCD at the current cycle; one clock is ten time units.
void AVM_FN(trace_open)(void* handle, const char* file) {
    auto* dut = static_cast<Dut*>(handle);
    dut->vcd = std::make_unique<VerilatedVcdC>();
    dut->top->trace(dut->vcd.get(), 99);
    dut->vcd->open(file);
}

void AVM_FN(trace_close)(void* handle) {
    auto* dut = static_cast<Dut*>(handle);
    if (!dut->vcd) return;
    dut->vcd->close();
    dut->vcd.reset();
}
#else
void AVM_FN(trace_open)(void*, const char*) {}

void AVM_FN(trace_close)(void*) {}
#endif

}  // extern "C"
