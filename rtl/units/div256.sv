// SPDX-License-Identifier: MIT OR Apache-2.0
// Divider, 256 bits, unsigned, radix 4, restoring: two quotient bits a cycle.
//
//   start_i   quo <= dividend, dv <= divisor, left <= 128 digits; rem <= high, or it stays (keep_i)
//   triple    dv3 <= 3 x dv (its adder is kept out of the compare path); done at once, with over_o, if rem >= dv
//   skip      leading zeros of the dividend go by 64 or 16 digits a cycle while there is no remainder
//   digit     t = {rem, two top bits of quo}; k = the largest of 0..3 with k x dv <= t;
//             rem <= t - k x dv; quo shifts k in
//   done      done_o: quo_o and rem_o hold the result
//
// The dividend is {high, dividend}, 512 bits, if high < dv: then its quotient has 256. Otherwise (over_o) the owner divides
// the high half alone and continues that run by keep_i: the new dividend stands to the right of the old one. The
// remainder therefore stays until the next start. rem < dv before every digit, so t < 4 x dv fits 258 bits and rem 256.
// The caller takes care of signs. A zero divisor is over. fault_digit_i, fault_over_i: planted faults, 0 otherwise.
`default_nettype none

module div256 (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         start_i,
  input  logic         keep_i,
  input  logic [255:0] high_i,
  input  logic [255:0] dividend_i,
  input  logic [255:0] divisor_i,
  input  logic         fault_digit_i,
  input  logic         fault_over_i,
  output logic         busy_o,
  output logic         done_o,
  output logic         over_o,
  output logic [255:0] rem_o,
  output logic [255:0] quo_o
);

  localparam logic [2:0] IDLE   = 3'd0;
  localparam logic [2:0] TRIPLE = 3'd1;
  localparam logic [2:0] SKIP   = 3'd2;
  localparam logic [2:0] DIGIT  = 3'd3;
  localparam logic [2:0] DONE   = 3'd4;

  logic         v_busy_q;
  logic [2:0]   v_state_q;
  logic [7:0]   v_left_q;
  logic [255:0] v_rem_q;
  logic [255:0] v_quo_q;
  logic [255:0] v_dv_q;
  logic [257:0] v_dv3_q;

  // ---- A digit ----

  logic [257:0] t;
  logic [258:0] less1; // t - dv, t - 2 dv, t - 3 dv: the top bit is the borrow
  logic [258:0] less2;
  logic [258:0] less3;
  logic [1:0]   digit;
  logic [255:0] rem_d;
  logic         high;        // rem >= dv, in state triple
  logic         unused_high; // of a difference that is taken: it is less than dv

  always_comb begin : select
    t     = 258'd0;
    less1 = 259'd0;
    less2 = 259'd0;
    less3 = 259'd0;
    digit = 2'd0;
    rem_d = 256'd0;
    high  = 1'b0;
    if (v_state_q == TRIPLE || v_state_q == DIGIT) begin
      t     = v_state_q == DIGIT ? {v_rem_q, v_quo_q[255:254]} : {2'b00, v_rem_q};
      less1 = {1'b0, t} - {3'b000, v_dv_q};
      high  = !less1[258] && !fault_over_i; // fault div_over
    end
    if (v_state_q == DIGIT) begin
      less2 = {1'b0, t} - {2'b00, v_dv_q, 1'b0};
      less3 = {1'b0, t} - {1'b0, v_dv3_q};
      rem_d = t[255:0];
      if (!less1[258]) begin
        digit = 2'd1;
        rem_d = less1[255:0];
      end
      if (!less2[258]) begin
        digit = 2'd2;
        rem_d = less2[255:0];
      end
      if (!less3[258] && !fault_digit_i) begin // fault div_digit
        digit = 2'd3;
        rem_d = less3[255:0];
      end
    end
  end

  assign unused_high = ^{less1[257:256], less2[257:256], less3[257:256]};

  // ---- Skipping ----

  logic skip64;
  logic skip16;

  assign skip64 = v_rem_q == 256'd0 && v_quo_q[255:128] == 128'd0 && v_left_q > 8'd64;
  assign skip16 = v_rem_q == 256'd0 && v_quo_q[255:224] == 32'd0 && v_left_q > 8'd16;

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      v_busy_q  <= 1'b0;
      v_state_q <= IDLE;
      v_left_q  <= 8'd0;
      v_rem_q   <= 256'd0;
      v_quo_q   <= 256'd0;
      v_dv_q    <= 256'd0;
      v_dv3_q   <= 258'd0;
    end else begin
      case (v_state_q)
        IDLE: if (start_i) begin
          v_busy_q  <= 1'b1;
          v_state_q <= TRIPLE;
          v_left_q  <= 8'd128;
          v_quo_q   <= dividend_i;
          v_dv_q    <= divisor_i;
          if (!keep_i) v_rem_q <= high_i;
        end
        TRIPLE: begin
          v_dv3_q   <= {2'b00, v_dv_q} + {1'b0, v_dv_q, 1'b0};
          v_state_q <= high ? DONE : SKIP;
        end
        SKIP: begin
          if (skip64) begin
            v_quo_q  <= {v_quo_q[127:0], 128'd0};
            v_left_q <= v_left_q - 8'd64;
          end else if (skip16) begin
            v_quo_q  <= {v_quo_q[223:0], 32'd0};
            v_left_q <= v_left_q - 8'd16;
          end else begin
            v_state_q <= DIGIT;
          end
        end
        DIGIT: begin
          v_rem_q  <= rem_d;
          v_quo_q  <= {v_quo_q[253:0], digit};
          v_left_q <= v_left_q - 8'd1;
          if (v_left_q == 8'd1) v_state_q <= DONE;
        end
        default: begin // DONE
          v_busy_q  <= 1'b0;
          v_state_q <= IDLE;
        end
      endcase
    end
  end

  assign busy_o = v_busy_q;
  assign done_o = v_state_q == DONE;
  assign over_o = v_left_q != 8'd0; // no digit was made
  assign rem_o  = v_rem_q;
  assign quo_o  = v_quo_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // The owner starts it only while it is idle.
      assert (!(start_i && v_busy_q));
      assert (v_busy_q == (v_state_q != IDLE));
      // The invariant that bounds the digit by 3.
      if (v_state_q == DIGIT && !fault_digit_i && !fault_over_i) assert (v_rem_q < v_dv_q);
    end
  end
`endif

endmodule

`default_nettype wire
