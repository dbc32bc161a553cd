// SPDX-License-Identifier: MIT OR Apache-2.0
// Multiplier, 256 x 256 bits, unsigned, one row of 256 x 16 a cycle.
//
//   start_i   a, b, wide <= inputs; hi, lo <= 0
//   size      how many digits (of 16 bits) there are to do: all 16 if wide, else those of the shorter factor,
//             which becomes b; leading zero digits cost nothing
//   rows      row <= a x digit, and the row made one cycle before is added: least significant digit first if
//             wide (hi, lo shift right), most significant first if not (lo shifts left)
//   done      done_o: {hi_o, lo_o} is the product if it was wide, else lo_o is its low half
//
// From the start cycle to the done cycle, both counted: 4 + n cycles for n digits, 3 if a factor is 0.
// A row is 16 products of 16 x 16 bits, which overlap by halves: the even and the odd ones side by side are two
// numbers, and one addition joins them. fault_row_i: planted fault, 0 otherwise.
`default_nettype none

module mul256 (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         start_i,
  input  logic         wide_i,
  input  logic [255:0] a_i,
  input  logic [255:0] b_i,
  input  logic         fault_row_i,
  output logic         busy_o,
  output logic         done_o,
  output logic [255:0] lo_o,
  output logic [255:0] hi_o
);

  localparam logic [1:0] IDLE = 2'd0;
  localparam logic [1:0] SIZE = 2'd1;
  localparam logic [1:0] ROWS = 2'd2;
  localparam logic [1:0] DONE = 2'd3;

  logic         m_busy_q;
  logic [1:0]   m_state_q;
  logic         m_wide_q;
  logic [4:0]   m_cnt_q;
  logic         m_first_q;
  logic [255:0] m_a_q;
  logic [255:0] m_b_q;
  logic [271:0] m_row_q;
  logic [255:0] m_hi_q;
  logic [255:0] m_lo_q;

  // ---- Size ----

  logic [4:0] digits_a;
  logic [4:0] digits_b;
  logic       swap;

  always_comb begin : count_digits
    digits_a = 5'd0;
    digits_b = 5'd0;
    for (int unsigned i = 0; i < 16; i++) begin
      if (m_a_q[16*i +: 16] != 16'd0) digits_a = 5'(i + 1);
      if (m_b_q[16*i +: 16] != 16'd0) digits_b = 5'(i + 1);
    end
    swap = digits_a < digits_b;
  end

  // ---- Rows ----

  logic [4:0]   index5; // of the digit
  logic         unused_index;
  logic [15:0]  digit;
  logic [255:0] even;
  logic [255:0] odd;
  logic [271:0] row;

  assign index5       = m_wide_q ? 5'd16 - m_cnt_q : m_cnt_q - 5'd1;
  assign unused_index = index5[4];

  always_comb begin : make_row
    digit = 16'd0;
    even  = 256'd0;
    odd   = 256'd0;
    if (m_state_q == ROWS) begin
      digit = m_b_q[{index5[3:0], 4'd0} +: 16];
      for (int unsigned i = 0; i < 8; i++) begin
        even[32*i +: 32] = {16'd0, m_a_q[32*i +: 16]} * {16'd0, digit};
        odd[32*i +: 32]  = {16'd0, m_a_q[32*i + 16 +: 16]} * {16'd0, digit};
      end
    end
    row = {16'd0, even} + {odd, 16'd0};
  end

  logic [271:0] sum;  // wide: never more
  logic [255:0] low;  // not wide

  always_comb begin : take_in
    sum = m_row_q + {16'd0, m_hi_q};
    low = {m_lo_q[239:0], 16'd0} + m_row_q[255:0];
    if (fault_row_i && m_cnt_q == 5'd0) low = {m_lo_q[239:0], 16'd0}; // fault mul_row
  end

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      m_busy_q  <= 1'b0;
      m_state_q <= IDLE;
      m_wide_q  <= 1'b0;
      m_cnt_q   <= 5'd0;
      m_first_q <= 1'b0;
      m_a_q     <= 256'd0;
      m_b_q     <= 256'd0;
      m_row_q   <= 272'd0;
      m_hi_q    <= 256'd0;
      m_lo_q    <= 256'd0;
    end else begin
      case (m_state_q)
        IDLE: if (start_i) begin
          m_busy_q  <= 1'b1;
          m_state_q <= SIZE;
          m_wide_q  <= wide_i;
          m_a_q     <= a_i;
          m_b_q     <= b_i;
          m_hi_q    <= 256'd0;
          m_lo_q    <= 256'd0;
        end
        SIZE: begin
          m_first_q <= 1'b1;
          m_state_q <= ROWS;
          if (m_wide_q) begin
            m_cnt_q <= 5'd16;
          end else begin
            m_cnt_q <= swap ? digits_a : digits_b;
            if (swap) begin
              m_a_q <= m_b_q;
              m_b_q <= m_a_q;
            end
            if (digits_a == 5'd0 || digits_b == 5'd0) m_state_q <= DONE;
          end
        end
        ROWS: begin
          if (m_cnt_q != 5'd0) begin
            m_row_q   <= row;
            m_cnt_q   <= m_cnt_q - 5'd1;
            m_first_q <= 1'b0;
          end else begin
            m_state_q <= DONE;
          end
          if (!m_first_q) begin
            if (m_wide_q) begin
              m_lo_q <= {sum[15:0], m_lo_q[255:16]};
              m_hi_q <= sum[271:16];
            end else begin
              m_lo_q <= low;
            end
          end
        end
        default: begin // DONE
          m_busy_q  <= 1'b0;
          m_state_q <= IDLE;
        end
      endcase
    end
  end

  assign busy_o = m_busy_q;
  assign done_o = m_state_q == DONE;
  assign lo_o   = m_lo_q;
  assign hi_o   = m_hi_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // The owner starts it only while it is idle.
      assert (!(start_i && m_busy_q));
      assert (m_busy_q == (m_state_q != IDLE));
      // The digit selector relies on it.
      assert (m_cnt_q <= 5'd16);
    end
  end
`endif

endmodule

`default_nettype wire
