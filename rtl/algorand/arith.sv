// SPDX-License-Identifier: MIT OR Apache-2.0
// Arithmetic: the ALU, the multiplier and the divider behind one result.
//
// a_i is NOS, b_i is TOS; they stay put until done_o. ALU: done_o in step 0. Multiplier and divider: step 0
// starts the unit, done_o comes with its result in a later cycle. Division by zero and MIN / -1 are found
// in step 0: done_o with throw_o, and the unit is not started. An overflow of a checked ALU operation or
// multiplication sets throw_o together with the wrapped result.
// The divider works on magnitudes; the signs are put on its result here.
`default_nettype none

module arith (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  input  logic        go_i,     // X holds an instruction without exception
  input  logic        step_i,
  input  logic [4:0]  class_i,
  input  logic [7:0]  op_i,
  input  logic [63:0] a_i,
  input  logic [63:0] b_i,
  output logic        done_o,
  output logic        last_o,     // a unit delivers its result in this cycle
  output logic [63:0] result_o,
  output logic        throw_o,
  output logic [4:0]  cause_o,
  output logic        m_busy_o,
  output logic        v_busy_o
);

  logic        m_start;
  logic [63:0] m_hi;
  logic [63:0] m_lo;
  logic        m_done;
  logic        v_start;
  logic [63:0] v_rem;
  logic [63:0] v_quo;
  logic        v_done;
  logic        v_signed;
  logic        min_by_minus1;
  logic [63:0] v_dividend;
  logic [63:0] v_divisor;
  logic [63:0] alu_result;
  logic        alu_overflow;

  assign m_start = go_i && !step_i && class_i == algorand_pkg::CLASS_MUL;

  always_comb begin : divider_operands
    v_start       = 1'b0;
    v_signed      = 1'b0;
    min_by_minus1 = 1'b0;
    v_dividend    = 64'd0;
    v_divisor     = 64'd0;
    if (go_i && class_i == algorand_pkg::CLASS_DIV) begin
      v_signed      = op_i == algorand_pkg::OP_IDIV || op_i == algorand_pkg::OP_IREM;
      min_by_minus1 = op_i == algorand_pkg::OP_IDIV
          && a_i == 64'h8000_0000_0000_0000 && b_i == 64'hffff_ffff_ffff_ffff;
      v_dividend    = v_signed && a_i[63] ? 64'd0 - a_i : a_i;
      v_divisor     = v_signed && b_i[63] ? 64'd0 - b_i : b_i;
      v_start       = !step_i && b_i != 64'd0 && !min_by_minus1;
    end
  end

  alu u_alu (
    .fault_i    (fault_i),
    .enable_i   (class_i == algorand_pkg::CLASS_ALU),
    .op_i       (op_i),
    .a_i        (a_i),
    .b_i        (b_i),
    .result_o   (alu_result),
    .overflow_o (alu_overflow)
  );

  mul64 u_mul (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .start_i     (m_start),
    .signed_i    (op_i == algorand_pkg::OP_IMUL),
    .a_i         (a_i),
    .b_i         (b_i),
    .fault_row_i (fault_i == algorand_pkg::FAULT_MUL_ROW),
    .busy_o      (m_busy_o),
    .done_o      (m_done),
    .hi_o        (m_hi),
    .lo_o        (m_lo)
  );

  div64 u_div (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .start_i       (v_start),
    .dividend_i    (v_dividend),
    .divisor_i     (v_divisor),
    .fault_hang_i  (fault_i == algorand_pkg::FAULT_DIV_HANG),
    .fault_digit_i (fault_i == algorand_pkg::FAULT_DIV_DIGIT),
    .busy_o        (v_busy_o),
    .done_o        (v_done),
    .rem_o         (v_rem),
    .quo_o         (v_quo)
  );

  assign last_o = m_done || v_done;

  always_comb begin : select
    done_o   = 1'b1;
    result_o = alu_result;
    throw_o  = alu_overflow;
    cause_o  = algorand_pkg::CAUSE_ARITHMETIC;
    case (class_i)
      algorand_pkg::CLASS_MUL: begin
        done_o   = m_done;
        result_o = op_i == algorand_pkg::OP_UMULH ? m_hi : m_lo;
        throw_o  = m_done && op_i == algorand_pkg::OP_IMUL && m_hi != {64{m_lo[63]}};
      end
      algorand_pkg::CLASS_DIV:
        if (!step_i) begin
          done_o  = !v_start;
          throw_o = !v_start;
          cause_o = min_by_minus1 ? algorand_pkg::CAUSE_ARITHMETIC : algorand_pkg::CAUSE_DIVIDE_BY_ZERO;
        end else begin
          done_o = v_done;
          if (op_i == algorand_pkg::OP_IDIV || op_i == algorand_pkg::OP_UDIV)
            result_o = v_signed && a_i[63] != b_i[63] ? 64'd0 - v_quo : v_quo;
          else
            result_o = v_signed && a_i[63] ? 64'd0 - v_rem : v_rem;
        end
      default: done_o = 1'b1;
    endcase
  end

endmodule

`default_nettype wire
