// SPDX-License-Identifier: MIT OR Apache-2.0
// F: prefetches 64-bit code words, aligns the instruction at the head, predicts branches.
//
// Up to two received words are in f_w0_q, f_w1_q; a third source is the code RAM's output (f_rv_q). The
// next word is read as soon as at most one is left, so a straight run of 9-byte instructions never waits.
// The head goes to D (f_fire, with f_op, f_imm, f_fault, f_hit) when it is complete and D
// accepts (d_accept). Instructions that reach beyond the code become a fault of opcode 0.
// Code is that of the working segment, in slot g_slot_q of the code RAM.
// Redirects of X, unwind, segment and loader are registered first (k_valid_q, k_pc_q) and act a cycle later, when D is
// empty: their verdicts would otherwise lie in the path to the code RAM's address. They come before D's
// redirect and before a hit in the branch target buffer. stop ends fetching until the next call.
`default_nettype none

module fetch (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // Code RAM.
  output logic        code_re,
  output logic [12:0] code_raddr,
  input  logic [63:0] code_rd,
  input  logic [1:0]  g_slot_q, // of the working segment
  input  logic [14:0] g_codelen_q,
  // Redirects, stop.
  input  logic        x_redirect,
  input  logic [16:0] x_target,
  input  logic        u_redirect,
  input  logic [16:0] c_ret_q,
  input  logic        g_redirect,
  input  logic [16:0] g_back_q,
  input  logic        l_start,
  input  logic [16:0] l_target,
  input  logic        d_redirect,
  input  logic [16:0] d_target,
  input  logic        stop,
  // Branch target buffer: write port; a segment was filled.
  input  logic        b_we,
  input  logic [3:0]  b_waddr,
  input  logic [27:0] b_wdata,
  input  logic        g_filled,
  // To D.
  input  logic        d_accept,
  output logic        f_fire,
  output logic [7:0]  f_op,
  output algorand_pkg::decoded_t f_dec,
  output logic [63:0] f_imm,
  output logic        f_fault,
  output logic        f_hit,
  // Registers.
  output logic [16:0] f_pc_q
);

  logic        k_valid_q;
  logic [16:0] k_pc_q;
  logic        f_run_q;
  logic        f_v0_q;
  logic [63:0] f_w0_q;
  logic        f_v1_q;
  logic [63:0] f_w1_q;
  logic        f_rv_q;
  logic        f_rz_q;
  logic [13:0] f_ra_q;
  logic [15:0] b_valid_q;
  // The capture of a write to the branch target buffer, as the RAMs have it.
  /* verilator lint_off UNUSEDSIGNAL */
  logic        b_wv_q;
  logic [3:0]  b_wa_q;
  logic [27:0] b_wd_q;
  /* verilator lint_on UNUSEDSIGNAL */


  // ---- Head ----

  logic        has_lo;
  logic        has_hi;
  logic [63:0] cw;
  logic [63:0] lo;
  logic [63:0] hi;
  logic [2:0]  off;
  logic [63:0] head;
  logic [63:0] operand;
  algorand_pkg::decoded_t row;      // of the head
  logic [3:0]  len;
  logic [16:0] pc_after; // f_pc_q + len
  logic [1:0]  words;    // words that the head uses up
  logic        available;
  logic        fits;      // the head ends in the first word
  logic        fault;

  assign cw     = f_rz_q ? 64'd0 : code_rd;
  assign lo     = f_v0_q ? f_w0_q : cw;
  assign hi     = f_v1_q ? f_w1_q : cw;
  assign has_lo = f_v0_q || f_rv_q;
  assign has_hi = f_v0_q && (f_v1_q || f_rv_q);
  assign off    = f_pc_q[2:0];
  assign head   = lo >> {off, 3'b000};
  assign row    = algorand_pkg::decode(head[7:0]);
  assign len    = row.length;

  // Two 64-bit shifts instead of one of 128: the bytes of hi land above those of lo (7 - off = ~off).
  assign operand = {8'd0, head[63:8]} | (hi << {~off, 3'b000});

  // For each length that there is, computed beside the way from the code RAM to the length, not after it.
  always_comb begin : by_length
    case (len)
      4'd1: begin
        pc_after = f_pc_q + 17'd1;
        words    = {1'b0, off == 3'd7};
        fits     = 1'b1;
        fault    = {1'b0, f_pc_q} + 18'd1 > {3'd0, g_codelen_q};
      end
      4'd2: begin
        pc_after = f_pc_q + 17'd2;
        words    = {1'b0, off >= 3'd6};
        fits     = off != 3'd7;
        fault    = {1'b0, f_pc_q} + 18'd2 > {3'd0, g_codelen_q};
      end
      4'd3: begin
        pc_after = f_pc_q + 17'd3;
        words    = {1'b0, off >= 3'd5};
        fits     = off <= 3'd5;
        fault    = {1'b0, f_pc_q} + 18'd3 > {3'd0, g_codelen_q};
      end
      4'd5: begin
        pc_after = f_pc_q + 17'd5;
        words    = {1'b0, off >= 3'd3};
        fits     = off <= 3'd3;
        fault    = {1'b0, f_pc_q} + 18'd5 > {3'd0, g_codelen_q};
      end
      default: begin // 9
        pc_after = f_pc_q + 17'd9;
        words    = {off == 3'd7, off != 3'd7};
        fits     = 1'b0;
        fault    = {1'b0, f_pc_q} + 18'd9 > {3'd0, g_codelen_q};
      end
    endcase
    if (fault) words = {1'b0, off == 3'd7}; // a fault has length 1
  end

  assign available = has_lo && (fits || has_hi);

  always_comb begin : operand_bytes
    f_imm = 64'd0;
    if (!fault) begin
      case (len)
        4'd2: f_imm = {{56{operand[7]}}, operand[7:0]}; // only const_8 has one operand byte
        4'd3: f_imm = {{48{operand[15] && row.cls == algorand_pkg::CLASS_IMM}}, operand[15:0]};
        4'd5: f_imm = {{32{operand[31] && row.cls == algorand_pkg::CLASS_IMM}}, operand[31:0]};
        4'd9: f_imm = operand;
        default: f_imm = 64'd0;
      endcase
    end
  end

  assign f_op    = fault ? 8'd0 : head[7:0];
  assign f_dec   = fault ? algorand_pkg::decode(8'd0) : row;
  assign f_fault = fault;

  // ---- Branch target buffer: distributed RAM, asynchronous read ----

  logic [27:0] b_mem [0:algorand_pkg::BTB_ENTRIES-1];
  logic [27:0] b_entry;
  logic        hit_fire;
  logic        redirect; // from outside F

  assign b_entry = b_mem[f_pc_q[3:0]];
  // Entries are written for instructions that passed all checks of F and D, so a hit is never a fault; and all that
  // have entries are 3 bytes long. So whether a hit fires is known without looking at the word from the code
  // RAM, and the way from the code RAM back to its address does not lead through the aligner and the decoder.
  assign f_hit  = f_pc_q[16:14] == 3'd0 && b_valid_q[f_pc_q[3:0]] && b_entry[25:16] == f_pc_q[13:4]
      && (b_entry[27:26] == g_slot_q || fault_i == algorand_pkg::FAULT_BTB_ALIAS); // fault btb_alias
  assign hit_fire = f_hit && has_lo && (off <= 3'd5 || has_hi) && f_run_q && d_accept && !redirect && !stop;

  always_ff @(posedge clk_i) begin : btb_write
    if (b_we) b_mem[b_waddr] <= b_wdata;
  end

  always_ff @(posedge clk_i) begin : btb_state
    if (!rst_ni) begin
      b_valid_q <= 16'd0;
      b_wv_q    <= 1'b0;
      b_wa_q    <= 4'd0;
      b_wd_q    <= 28'd0;
    end else begin
      b_wv_q <= b_we;
      if (b_we) begin
        b_wa_q <= b_waddr;
        b_wd_q <= b_wdata;
        b_valid_q[b_waddr] <= 1'b1;
      end
      // Another program may be at the same addresses.
      if (g_filled) b_valid_q <= 16'd0;
    end
  end

  // ---- Next state ----

  logic        jump;     // redirect, or a hit that fires
  logic [16:0] jump_pc;
  logic [1:0]  eaten;    // words that leave with the head
  logic        n0_v;
  logic        n1_v;
  logic [63:0] n0;
  logic        read;
  logic [13:0] read_word;
  logic [11:0] code_words;
  logic        beyond;

  assign redirect = k_valid_q || d_redirect;
  assign f_fire   = f_run_q && available && d_accept && !redirect && !stop;
  assign jump     = redirect || hit_fire;
  assign eaten    = f_fire ? words : 2'd0;

  always_comb begin : jump_select
    jump_pc = {1'b0, b_entry[15:0]};
    if (k_valid_q) jump_pc = k_pc_q;
    else if (d_redirect) jump_pc = d_target;
  end

  always_comb begin : remaining
    n0   = lo;
    n0_v = has_lo;
    n1_v = has_hi;
    if (eaten == 2'd1) begin
      n0   = hi;
      n0_v = has_hi;
      n1_v = 1'b0;
    end else if (eaten != 2'd0) begin
      n0_v = 1'b0;
      n1_v = 1'b0;
    end
  end

  assign read       = jump || (f_run_q && !n1_v && !stop);
  assign read_word  = jump ? jump_pc[16:3] : f_ra_q + 14'd1;
  assign code_words = g_codelen_q[14:3] + {11'd0, g_codelen_q[2:0] != 3'd0};

  // Whether the word lies beyond the code, for each place that it can come from, selected after.
  always_comb begin : beyond_code
    beyond = {1'b0, f_ra_q} + 15'd1 >= {3'd0, code_words};
    if (k_valid_q) beyond = k_pc_q[16:3] >= {2'd0, code_words};
    else if (d_redirect) beyond = d_target[16:3] >= {2'd0, code_words};
    else if (jump) beyond = b_entry[15:3] >= {1'b0, code_words};
  end

  assign code_re    = read && !beyond;
  assign code_raddr = {g_slot_q, read_word[10:0]};

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      k_valid_q <= 1'b0;
      k_pc_q  <= 17'd0;
      f_run_q <= 1'b0;
      f_pc_q  <= 17'd0;
      f_v0_q  <= 1'b0;
      f_w0_q  <= 64'd0;
      f_v1_q  <= 1'b0;
      f_w1_q  <= 64'd0;
      f_rv_q  <= 1'b0;
      f_rz_q  <= 1'b0;
      f_ra_q  <= 14'd0;
    end else begin
      k_valid_q <= x_redirect || u_redirect || g_redirect || l_start;
      if (x_redirect) k_pc_q <= x_target;
      else if (u_redirect) k_pc_q <= c_ret_q;
      else if (g_redirect) k_pc_q <= g_back_q;
      else if (l_start) k_pc_q <= l_target;
      f_v0_q <= n0_v && !jump && !stop;
      f_v1_q <= n1_v && !jump && !stop;
      // Without enables: they count only with their valid bits, which come late.
      f_w0_q <= n0;
      f_w1_q <= hi;
      f_rv_q <= read;
      if (read) begin
        f_ra_q <= read_word;
        f_rz_q <= beyond;
      end
      if (jump) f_pc_q <= jump_pc;
      else if (f_fire) f_pc_q <= fault ? f_pc_q + 17'd1 : pc_after;
      if (l_start) f_run_q <= 1'b1;
      else if (stop) f_run_q <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // What the header of the branch target buffer claims.
      assert (hit_fire == (f_fire && f_hit));
      assert (!hit_fire || (!fault && len == 4'd3));
      // Words are received in order.
      assert (f_v0_q || !f_v1_q);
      // The next word is read only when at most one is left: three are never under way.
      assert (!(f_v1_q && f_rv_q));
      // X waits for no one else: it redirects in its own done cycle, unwind, segment and loader only when X does not.
      assert ($countones({x_redirect, u_redirect, g_redirect, l_start}) <= 1);
      // Entries are true when they are emptied: nobody makes one in that cycle.
      assert (!(g_filled && b_we));
      // A finish is the end of the call: D is empty then, and nothing is under way to F.
      assert (!(stop && redirect));
      // A hit that fires must lie inside the code: entries are written for existing targets only.
      assert (!(f_fire && f_hit) || b_entry[15:0] < {1'b0, g_codelen_q});
    end
  end
`endif

endmodule

`default_nettype wire
