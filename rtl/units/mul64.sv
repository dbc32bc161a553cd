// SPDX-License-Identifier: MIT OR Apache-2.0
// Multiplier, 64 x 64 bits, signed or unsigned, one 65 x 17 row a cycle (four rows; a whole array in
// one stage would set the clock of the core). The product is {hi, lo}.
//
//   start_i      row <= A x digit 0; hi, lo <= 0; cnt <= 1
//   cnt = 1..4   {hi, lo} takes in the row; for cnt <= 3: row <= A x digit cnt
//   cnt = 5      done_o: lo_o, hi_o hold the product for this cycle
//
// a_i, b_i and signed_i stay put from start_i to done_o. Digit k is bits 16k+15..16k of b, signed only
// for k = 3 of a signed product: 17 bits, as A has 65, so that one signed array serves both kinds. All
// wide registers are enabled by start or busy. fault_row_i: planted fault, 0 otherwise.
`default_nettype none

module mul64 (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,
  input  logic        signed_i,
  input  logic [63:0] a_i,
  input  logic [63:0] b_i,
  input  logic        fault_row_i,
  output logic        busy_o,
  output logic        done_o,
  output logic [63:0] hi_o,
  output logic [63:0] lo_o
);

  logic        m_busy_q;
  logic [2:0]  m_cnt_q;
  logic [81:0] m_row_q;
  logic [65:0] m_hi_q;
  logic [63:0] m_lo_q;

  logic [16:0] digit;
  logic [81:0] sum;

  always_comb begin : next_digit
    // Also in the start cycle: cnt is 0 while idle.
    digit = 17'd0;
    case (m_cnt_q[1:0])
      2'd0: digit = {1'b0, b_i[15:0]};
      2'd1: digit = {1'b0, b_i[31:16]};
      2'd2: digit = {1'b0, b_i[47:32]};
      default: digit = {signed_i && b_i[63], b_i[63:48]};
    endcase
  end

  always_comb begin : accumulate
    sum = 82'd0;
    if (m_busy_q) begin
      sum = m_row_q + {{16{m_hi_q[65]}}, m_hi_q};
      if (fault_row_i && m_cnt_q == 3'd4) sum = {{16{m_hi_q[65]}}, m_hi_q}; // fault mul_row
    end
  end

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      m_busy_q <= 1'b0;
      m_cnt_q  <= 3'd0;
      m_row_q  <= 82'd0;
      m_hi_q   <= 66'd0;
      m_lo_q   <= 64'd0;
    end else if (start_i) begin
      m_busy_q <= 1'b1;
      m_cnt_q  <= 3'd1;
      m_row_q  <= $signed({signed_i && a_i[63], a_i}) * $signed(digit);
      m_hi_q   <= 66'd0;
      m_lo_q   <= 64'd0;
    end else if (m_busy_q) begin
      if (m_cnt_q == 3'd5) begin
        m_busy_q <= 1'b0;
        m_cnt_q  <= 3'd0;
      end else begin
        m_lo_q  <= {sum[15:0], m_lo_q[63:16]};
        m_hi_q  <= sum[81:16];
        m_cnt_q <= m_cnt_q + 3'd1;
        if (m_cnt_q <= 3'd3) m_row_q <= $signed({signed_i && a_i[63], a_i}) * $signed(digit);
      end
    end
  end

  assign busy_o = m_busy_q;
  assign done_o = m_busy_q && m_cnt_q == 3'd5;
  assign hi_o   = m_hi_q[63:0];
  assign lo_o   = m_lo_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // X starts the unit only in step 0 of a multiplication and waits for it in step 1.
    if (rst_ni) assert (!(start_i && m_busy_q));
    // The digit selector relies on it.
    if (rst_ni) assert (m_busy_q || m_cnt_q == 3'd0);
  end
`endif

endmodule

`default_nettype wire
