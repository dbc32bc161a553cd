// SPDX-License-Identifier: MIT OR Apache-2.0
// ALU: the one-cycle arithmetic, logic, shifts and comparisons; combinational.
//
// a_i is NOS, b_i is TOS; a unary operation works on b_i. overflow_o: a checked form left the signed
// range; result_o is then the wrapped value. Idle (enable_i = 0) it gives 0, which keeps the wide logic
// still both in hardware and in simulation. x_op_i is an opcode of class Alu whenever enable_i is 1.
`default_nettype none

module alu (
  input  logic [5:0]  fault_i,
  input  logic        enable_i,
  input  logic [7:0]  op_i,
  input  logic [63:0] a_i,
  input  logic [63:0] b_i,
  output logic [63:0] result_o,
  output logic        overflow_o
);

  // One adder: a + b, a - b, 0 - b. Comparisons read the subtraction's borrow and sign.
  logic        subtract;
  logic        negate;
  logic [63:0] left;
  logic [63:0] right;
  logic [63:0] sum;
  logic        signed_over; // of sum, as signed
  logic        equal;
  logic        less;        // signed
  logic        below;       // unsigned
  logic [5:0]  amount;

  always_comb begin : adder
    negate      = 1'b0;
    subtract    = 1'b0;
    left        = 64'd0;
    right       = 64'd0;
    sum         = 64'd0;
    signed_over = 1'b0;
    equal       = 1'b0;
    less        = 1'b0;
    below       = 1'b0;
    amount      = 6'd0;
    if (enable_i) begin
      negate      = op_i == algorand_pkg::OP_INEG;
      subtract    = op_i != algorand_pkg::OP_IADD && op_i != algorand_pkg::OP_IADDW;
      left        = negate ? 64'd0 : a_i;
      right       = subtract ? ~b_i : b_i;
      sum         = left + right + {63'd0, subtract};
      signed_over = left[63] == right[63] && sum[63] != left[63];
      equal       = a_i == b_i;
      // a < b: the sign of the difference, corrected if it overflowed.
      less        = sum[63] != signed_over;
      below       = a_i[63] == b_i[63] ? sum[63] : b_i[63];
      amount      = b_i[5:0];
      if (fault_i == algorand_pkg::FAULT_ADD_CARRY && !subtract)
        sum = {left[63:32] + right[63:32], sum[31:0]}; // fault add_carry
      if (fault_i == algorand_pkg::FAULT_SHIFT_AMOUNT && op_i == algorand_pkg::OP_ISHR)
        amount = {1'b0, b_i[4:0]}; // fault shift_amount
    end
  end

  always_comb begin : select
    result_o   = 64'd0;
    overflow_o = 1'b0;
    if (enable_i) begin
      case (op_i)
        algorand_pkg::OP_IADD, algorand_pkg::OP_INEG: begin
          result_o   = sum;
          overflow_o = signed_over;
        end
        algorand_pkg::OP_ISUB: begin
          result_o   = sum;
          overflow_o = signed_over && fault_i != algorand_pkg::FAULT_SUB_OVERFLOW; // fault sub_overflow
        end
        algorand_pkg::OP_IADDW, algorand_pkg::OP_ISUBW: result_o = sum;
        algorand_pkg::OP_IAND: result_o = a_i & b_i;
        algorand_pkg::OP_IOR: result_o = a_i | b_i;
        algorand_pkg::OP_IXOR: result_o = a_i ^ b_i;
        algorand_pkg::OP_INOT: result_o = ~b_i;
        algorand_pkg::OP_ISHL: result_o = a_i << amount;
        algorand_pkg::OP_ISHR: result_o = $signed(a_i) >>> amount;
        algorand_pkg::OP_USHR: result_o = a_i >> amount;
        algorand_pkg::OP_IEQ: result_o = {63'd0, equal};
        algorand_pkg::OP_INE: result_o = {63'd0, !equal};
        algorand_pkg::OP_ILT: result_o = {63'd0, less};
        algorand_pkg::OP_ILE: result_o = {63'd0, less || equal};
        algorand_pkg::OP_IGT: result_o = {63'd0, !less && !equal};
        algorand_pkg::OP_IGE: result_o = {63'd0, !less};
        algorand_pkg::OP_ULT: result_o = {63'd0, fault_i == algorand_pkg::FAULT_COMPARE_SIGN ? less : below}; // fault compare_sign
        algorand_pkg::OP_ULE: result_o = {63'd0, below || equal};
        algorand_pkg::OP_UGT: result_o = {63'd0, !below && !equal};
        algorand_pkg::OP_UGE: result_o = {63'd0, !below};
        algorand_pkg::OP_IEQZ: result_o = {63'd0, b_i == 64'd0};
        default: result_o = 64'd0;
      endcase
    end
  end

endmodule

`default_nettype wire
