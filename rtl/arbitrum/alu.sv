// SPDX-License-Identifier: MIT OR Apache-2.0
// ALU: what is made of two payloads within a cycle: sum or difference, bits, comparisons. It knows nothing of tags.
`default_nettype none

module alu (
  input  logic [5:0]   fault_i,
  input  logic [7:0]   op_i,
  input  logic [255:0] a_i,      // operands 0 and 1
  input  logic [255:0] b_i,
  output logic [256:0] sum_o,    // a + b with its carry, for addmod too
  output logic [255:0] result_o, // of what yields a number of 256 bits
  output logic         test_o,   // of what yields 0 or 1
  output logic         equal_o
);

  logic         adds;
  logic [255:0] b;
  logic         less;   // unsigned
  logic         signs;  // they differ
  logic         is_signed;
  logic         below;  // a < b in the order that is asked for
  logic         above;
  logic [255:0] bits;

  assign adds = op_i == arbitrum_pkg::OP_ADD || op_i == arbitrum_pkg::OP_ADDMOD;
  assign b    = adds ? b_i : ~b_i;

  // a - b: the carry is the opposite of the borrow.
  always_comb begin : add
    sum_o = {1'b0, a_i} + {1'b0, b} + {256'd0, !adds};
    if (fault_i == arbitrum_pkg::FAULT_ADD_CARRY && op_i == arbitrum_pkg::OP_ADD) // fault add_carry
      sum_o[255:128] = a_i[255:128] + b_i[255:128];
  end

  assign equal_o   = a_i == b_i;
  assign less      = !sum_o[256];
  assign signs     = a_i[255] ^ b_i[255];
  assign is_signed = (op_i == arbitrum_pkg::OP_SLT || op_i == arbitrum_pkg::OP_SGT)
      && fault_i != arbitrum_pkg::FAULT_COMPARE_SIGN; // fault compare_sign
  assign below     = is_signed && signs ? a_i[255] : less;
  assign above     = !below && !equal_o;

  always_comb begin : test
    test_o = equal_o;
    if (op_i == arbitrum_pkg::OP_ISZERO) test_o = a_i == 256'd0;
    if (op_i == arbitrum_pkg::OP_LT || op_i == arbitrum_pkg::OP_SLT) test_o = below;
    if (op_i == arbitrum_pkg::OP_GT || op_i == arbitrum_pkg::OP_SGT) test_o = above;
  end

  always_comb begin : logic_unit
    case (op_i)
      arbitrum_pkg::OP_AND: bits = a_i & b_i;
      arbitrum_pkg::OP_OR: bits = a_i | b_i;
      arbitrum_pkg::OP_XOR: bits = a_i ^ b_i;
      default: bits = ~a_i; // not
    endcase
  end

  assign result_o = adds || op_i == arbitrum_pkg::OP_SUB ? sum_o[255:0] : bits;

endmodule

`default_nettype wire
