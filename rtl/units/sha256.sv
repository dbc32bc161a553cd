// SPDX-License-Identifier: MIT OR Apache-2.0
// SHA-256's compression of one block, a round a cycle.
//
//   start_i     in, s <= state; w <= block; cnt <= 0
//   cnt < 64    a round on s with the first word of w; w moves up by one word, the schedule's next at its end
//   cnt = 64    s <= s + in, word by word
//   cnt = 65    done_o: state_o holds the result
//
// Words are 32 bits; the first of a state (a), a block or w is the most significant.
// fault_sched_i: planted fault, 0 otherwise.
`default_nettype none

module sha256 (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         start_i,
  input  logic [255:0] state_i,
  input  logic [511:0] block_i,
  input  logic         fault_sched_i,
  output logic         busy_o,
  output logic         done_o,
  output logic [255:0] state_o
);

  logic         y_busy_q;
  logic [6:0]   y_cnt_q;
  logic [255:0] y_in_q;
  logic [255:0] y_s_q;
  logic [511:0] y_w_q;

  // ---- A round ----

  logic [31:0] constant;

  always_comb begin : constant_of_round
    case (y_cnt_q[5:0])
      6'd0: constant = 32'h428a2f98;
      6'd1: constant = 32'h71374491;
      6'd2: constant = 32'hb5c0fbcf;
      6'd3: constant = 32'he9b5dba5;
      6'd4: constant = 32'h3956c25b;
      6'd5: constant = 32'h59f111f1;
      6'd6: constant = 32'h923f82a4;
      6'd7: constant = 32'hab1c5ed5;
      6'd8: constant = 32'hd807aa98;
      6'd9: constant = 32'h12835b01;
      6'd10: constant = 32'h243185be;
      6'd11: constant = 32'h550c7dc3;
      6'd12: constant = 32'h72be5d74;
      6'd13: constant = 32'h80deb1fe;
      6'd14: constant = 32'h9bdc06a7;
      6'd15: constant = 32'hc19bf174;
      6'd16: constant = 32'he49b69c1;
      6'd17: constant = 32'hefbe4786;
      6'd18: constant = 32'h0fc19dc6;
      6'd19: constant = 32'h240ca1cc;
      6'd20: constant = 32'h2de92c6f;
      6'd21: constant = 32'h4a7484aa;
      6'd22: constant = 32'h5cb0a9dc;
      6'd23: constant = 32'h76f988da;
      6'd24: constant = 32'h983e5152;
      6'd25: constant = 32'ha831c66d;
      6'd26: constant = 32'hb00327c8;
      6'd27: constant = 32'hbf597fc7;
      6'd28: constant = 32'hc6e00bf3;
      6'd29: constant = 32'hd5a79147;
      6'd30: constant = 32'h06ca6351;
      6'd31: constant = 32'h14292967;
      6'd32: constant = 32'h27b70a85;
      6'd33: constant = 32'h2e1b2138;
      6'd34: constant = 32'h4d2c6dfc;
      6'd35: constant = 32'h53380d13;
      6'd36: constant = 32'h650a7354;
      6'd37: constant = 32'h766a0abb;
      6'd38: constant = 32'h81c2c92e;
      6'd39: constant = 32'h92722c85;
      6'd40: constant = 32'ha2bfe8a1;
      6'd41: constant = 32'ha81a664b;
      6'd42: constant = 32'hc24b8b70;
      6'd43: constant = 32'hc76c51a3;
      6'd44: constant = 32'hd192e819;
      6'd45: constant = 32'hd6990624;
      6'd46: constant = 32'hf40e3585;
      6'd47: constant = 32'h106aa070;
      6'd48: constant = 32'h19a4c116;
      6'd49: constant = 32'h1e376c08;
      6'd50: constant = 32'h2748774c;
      6'd51: constant = 32'h34b0bcb5;
      6'd52: constant = 32'h391c0cb3;
      6'd53: constant = 32'h4ed8aa4a;
      6'd54: constant = 32'h5b9cca4f;
      6'd55: constant = 32'h682e6ff3;
      6'd56: constant = 32'h748f82ee;
      6'd57: constant = 32'h78a5636f;
      6'd58: constant = 32'h84c87814;
      6'd59: constant = 32'h8cc70208;
      6'd60: constant = 32'h90befffa;
      6'd61: constant = 32'ha4506ceb;
      6'd62: constant = 32'hbef9a3f7;
      default: constant = 32'hc67178f2;
    endcase
  end

  logic [31:0] a;
  logic [31:0] e;
  logic [31:0] sum_a;  // the two big sigmas
  logic [31:0] sum_e;
  logic [31:0] choice;
  logic [31:0] major;
  logic [31:0] t1;
  logic [31:0] t2;

  always_comb begin : compress
    a      = y_s_q[255:224];
    e      = y_s_q[127:96];
    sum_a  = {a[1:0], a[31:2]} ^ {a[12:0], a[31:13]} ^ {a[21:0], a[31:22]};
    sum_e  = {e[5:0], e[31:6]} ^ {e[10:0], e[31:11]} ^ {e[24:0], e[31:25]};
    choice = (e & y_s_q[95:64]) ^ (~e & y_s_q[63:32]);
    major  = (a & y_s_q[223:192]) ^ (a & y_s_q[191:160]) ^ (y_s_q[223:192] & y_s_q[191:160]);
    t1     = y_s_q[31:0] + sum_e + choice + constant + y_w_q[511:480];
    t2     = sum_a + major;
  end

  // ---- Schedule ----

  logic [31:0] w0;
  logic [31:0] w1;
  logic [31:0] w9;
  logic [31:0] w14;
  logic [31:0] small0;
  logic [31:0] small1;
  logic [31:0] next;

  always_comb begin : schedule
    w0     = y_w_q[511:480];
    w1     = y_w_q[479:448];
    w9     = y_w_q[223:192];
    w14    = y_w_q[63:32];
    small0 = {w1[6:0], w1[31:7]} ^ {w1[17:0], w1[31:18]} ^ {3'd0, w1[31:3]};
    small1 = {w14[16:0], w14[31:17]} ^ {w14[18:0], w14[31:19]} ^ {10'd0, w14[31:10]};
    if (fault_sched_i) small1 = {w14[16:0], w14[31:17]} ^ {w14[18:0], w14[31:19]}; // fault sha_schedule
    next   = small1 + w9 + small0 + w0;
  end

  // ---- State ----

  logic [255:0] added;

  for (genvar i = 0; i < 8; i++) begin : g_word
    assign added[32*i +: 32] = y_s_q[32*i +: 32] + y_in_q[32*i +: 32];
  end

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      y_busy_q <= 1'b0;
      y_cnt_q  <= 7'd0;
      y_in_q   <= 256'd0;
      y_s_q    <= 256'd0;
      y_w_q    <= 512'd0;
    end else if (start_i) begin
      y_busy_q <= 1'b1;
      y_cnt_q  <= 7'd0;
      y_in_q   <= state_i;
      y_s_q    <= state_i;
      y_w_q    <= block_i;
    end else if (y_busy_q) begin
      y_cnt_q <= y_cnt_q + 7'd1;
      if (!y_cnt_q[6]) begin
        y_s_q <= {t1 + t2, y_s_q[255:160], y_s_q[159:128] + t1, y_s_q[127:32]};
        y_w_q <= {y_w_q[479:0], next};
      end else if (!y_cnt_q[0]) begin
        y_s_q <= added;
      end else begin
        y_busy_q <= 1'b0;
        y_cnt_q  <= 7'd0;
      end
    end
  end

  assign busy_o  = y_busy_q;
  assign done_o  = y_cnt_q == 7'd65;
  assign state_o = y_s_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // The owner starts it only while it is idle.
      assert (!(start_i && y_busy_q));
      assert (y_cnt_q <= 7'd65);
      assert (y_busy_q || y_cnt_q == 7'd0);
    end
  end
`endif

endmodule

`default_nettype wire
