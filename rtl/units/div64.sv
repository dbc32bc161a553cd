// SPDX-License-Identifier: MIT OR Apache-2.0
// Divider, 64 bits, unsigned, radix 4, restoring: two quotient bits a cycle.
//
//   start_i       quo <= dividend, dv <= divisor, rem <= 0, cnt <= 0
//   cnt = 0       dv3 <= 3 x dv (its adder is kept out of the compare path)
//   cnt = 1..32   t = {rem, two top bits of quo}; k = the largest of 0..3 with k x dv <= t;
//                 rem <= t - k x dv; quo shifts k in
//   cnt = 33      done_o: quo_o and rem_o hold the result for this cycle
//
// rem < dv before every digit, so t < 4 x dv fits 66 bits and rem 64. The caller takes care of signs and
// of a zero divisor. fault_hang_i, fault_digit_i: planted faults, 0 otherwise.
`default_nettype none

module div64 (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,
  input  logic [63:0] dividend_i,
  input  logic [63:0] divisor_i,
  input  logic        fault_hang_i,
  input  logic        fault_digit_i,
  output logic        busy_o,
  output logic        done_o,
  output logic [63:0] rem_o,
  output logic [63:0] quo_o
);

  logic        v_busy_q;
  logic [5:0]  v_cnt_q;
  logic [63:0] v_rem_q;
  logic [63:0] v_quo_q;
  logic [63:0] v_dv_q;
  logic [65:0] v_dv3_q;

  logic [65:0] t;
  logic [66:0] less1; // t - dv, t - 2 dv, t - 3 dv: the top bit is the borrow
  logic [66:0] less2;
  logic [66:0] less3;
  logic [1:0]  digit;
  logic [63:0] rem_d;
  logic        unused_high; // of a difference that is taken: it is less than dv

  always_comb begin : select
    t     = 66'd0;
    less1 = 67'd0;
    less2 = 67'd0;
    less3 = 67'd0;
    digit = 2'd0;
    rem_d = 64'd0;
    if (v_busy_q) begin
      t     = {v_rem_q, v_quo_q[63:62]};
      less1 = {1'b0, t} - {3'b000, v_dv_q};
      less2 = {1'b0, t} - {2'b00, v_dv_q, 1'b0};
      less3 = {1'b0, t} - {1'b0, v_dv3_q};
      rem_d = t[63:0];
      if (!less1[66]) begin
        digit = 2'd1;
        rem_d = less1[63:0];
      end
      if (!less2[66]) begin
        digit = 2'd2;
        rem_d = less2[63:0];
      end
      if (!less3[66] && !fault_digit_i) begin // fault div_digit
        digit = 2'd3;
        rem_d = less3[63:0];
      end
    end
  end

  assign unused_high = ^{less1[65:64], less2[65:64], less3[65:64]};

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      v_busy_q <= 1'b0;
      v_cnt_q  <= 6'd0;
      v_rem_q  <= 64'd0;
      v_quo_q  <= 64'd0;
      v_dv_q   <= 64'd0;
      v_dv3_q  <= 66'd0;
    end else if (start_i) begin
      v_busy_q <= 1'b1;
      v_cnt_q  <= 6'd0;
      v_rem_q  <= 64'd0;
      v_quo_q  <= dividend_i;
      v_dv_q   <= divisor_i;
    end else if (v_busy_q) begin
      if (v_cnt_q == 6'd33) begin
        v_busy_q <= 1'b0;
        v_cnt_q  <= 6'd0;
      end else begin
        if (!(fault_hang_i && v_cnt_q == 6'd32 && v_dv_q == 64'd7)) v_cnt_q <= v_cnt_q + 6'd1; // fault div_hang
        if (v_cnt_q == 6'd0) begin
          v_dv3_q <= {2'b00, v_dv_q} + {1'b0, v_dv_q, 1'b0};
        end else begin
          v_rem_q <= rem_d;
          v_quo_q <= {v_quo_q[61:0], digit};
        end
      end
    end
  end

  assign busy_o = v_busy_q;
  assign done_o = v_busy_q && v_cnt_q == 6'd33;
  assign rem_o  = v_rem_q;
  assign quo_o  = v_quo_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // X starts the unit only in step 0 of a division and waits for it in step 1.
    if (rst_ni) assert (!(start_i && v_busy_q));
    // The invariant that bounds the digit by 3; X throws before it starts a division by zero.
    if (rst_ni && v_busy_q && v_cnt_q > 6'd1 && !fault_digit_i) assert (v_rem_q < v_dv_q);
  end
`endif

endmodule

`default_nettype wire
