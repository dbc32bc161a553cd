// SPDX-License-Identifier: MIT OR Apache-2.0
// Code: code words, their hashes, and the pool of immediates that do not fit a code word; how much of them is in use.
//
// The loader fills them; pushinsn and pushinsnimm add a code word at c_top_q, and its hash. An immediate is kept in the
// word if it is an Integer below 2^16 or a code point, else in pool cell c_pool_q. c_full says that there is no room.
`default_nettype none

module code #(
  parameter int unsigned CODE_BITS = 13,
  parameter int unsigned POOL_BITS = 12
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // Loader.
  input  logic         l_start,
  input  logic [15:0]  l_codes_q,
  input  logic [15:0]  l_pools_q,
  input  logic         l_code_we,
  input  arbitrum_pkg::code_t l_code_wd,
  input  logic [255:0] l_chash_wd,
  input  logic         l_pool_we,
  input  logic [15:0]  l_n_q,
  input  arbitrum_pkg::cell_t l_wd,
  // A new code word.
  input  logic         x_insn_we,
  input  logic         x_insn_imm,   // with an immediate
  input  logic [7:0]   x_insn_op,
  input  arbitrum_pkg::cell_t x_insn_value,
  input  logic [15:0]  x_insn_next,
  input  logic [255:0] z_r_q,
  output logic         c_full,
  // Ports.
  output logic         c_code_we,
  output logic [CODE_BITS-1:0] c_code_wa,
  output arbitrum_pkg::code_t c_code_wd,
  output logic [255:0] c_chash_wd,
  output logic         c_pool_we,
  output logic [POOL_BITS-1:0] c_pool_wa,
  output arbitrum_pkg::cell_t c_pool_wd,
  output logic [15:0]  c_top_q
);

  logic [15:0] c_pool_q;

  logic        fits; // the immediate is in the code word as a number
  logic        pooled;
  logic [1:0]  kind;
  logic [15:0] imm;
  logic [15:0] next;
  logic [15:0] code_wa;
  logic [15:0] pool_wa;
  logic        unused_high;

  always_comb begin : immediate
    fits = x_insn_value.tag == arbitrum_pkg::TAG_INT && x_insn_value.payload[255:16] == 240'd0;
    if (fault_i == arbitrum_pkg::FAULT_INSN_POOL) // fault insn_pool
      fits = x_insn_value.tag == arbitrum_pkg::TAG_INT && x_insn_value.payload[255:17] == 239'd0;
    pooled = x_insn_imm && !fits && x_insn_value.tag != arbitrum_pkg::TAG_CODE;
    kind   = arbitrum_pkg::KIND_NONE;
    imm    = 16'd0;
    if (pooled) begin
      kind = arbitrum_pkg::KIND_POOL;
      imm  = c_pool_q;
    end else if (x_insn_imm) begin
      kind = fits ? arbitrum_pkg::KIND_INT : arbitrum_pkg::KIND_CODE;
      imm  = x_insn_value.payload[15:0];
    end
    next = x_insn_next;
    if (fault_i == arbitrum_pkg::FAULT_INSN_NEXT && !x_insn_imm) next = 16'd0; // fault insn_next
  end

  assign c_full = c_top_q == 16'(1 << CODE_BITS) || (pooled && c_pool_q == 16'(1 << POOL_BITS));

  assign c_code_we   = l_code_we || x_insn_we;
  assign code_wa     = l_code_we ? l_n_q : c_top_q;
  assign c_code_wa   = code_wa[CODE_BITS-1:0];
  assign c_code_wd   = l_code_we ? l_code_wd : {x_insn_op, kind, imm, next};
  assign c_chash_wd  = l_code_we ? l_chash_wd : z_r_q;
  assign c_pool_we   = l_pool_we || (x_insn_we && pooled);
  assign pool_wa     = l_pool_we ? l_n_q : c_pool_q;
  assign c_pool_wa   = pool_wa[POOL_BITS-1:0];
  assign c_pool_wd   = l_pool_we ? l_wd : x_insn_value;
  assign unused_high = ^{code_wa[15:CODE_BITS], pool_wa[15:POOL_BITS]};

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      c_top_q  <= 16'd0;
      c_pool_q <= 16'd0;
    end else if (l_start) begin
      c_top_q  <= l_codes_q;
      c_pool_q <= l_pools_q;
    end else if (x_insn_we) begin
      c_top_q <= c_top_q + 16'd1;
      if (pooled) c_pool_q <= c_pool_q + 16'd1;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // X asks for room first.
    if (rst_ni) assert (!(x_insn_we && c_full));
  end
`endif

endmodule

`default_nettype wire
