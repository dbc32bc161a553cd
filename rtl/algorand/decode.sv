// SPDX-License-Identifier: MIT OR Apache-2.0
// D: charges fuel, counts the depth, makes every check that needs no operand value, reads the RAMs.
//
// The instruction moves to X (d_issue) when X is empty or in its last cycle (x_ready) and nothing
// kills it. Nothing older can cancel it after that, so the counters d_fuel_q, s_cnt_q and d_pend_q are
// final at issue; X, unwind and loader overwrite them only in cycles without an issue.
// A native's price depends on the pending bytes; it is charged, and its number checked, before the host is asked.
// Before or at the issue D sends F to the target of a jump, of a backward branch or of an internal return, once
// (d_redir_q): an external return finds its segment first. With u_look the only instruction that may issue is a
// catch, as taken.
// d_accept: F may deliver the next instruction at this edge.
`default_nettype none

module decode (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // From F.
  input  logic        f_fire,
  input  logic [16:0] f_pc_q,
  input  logic [7:0]  f_op,
  input  algorand_pkg::decoded_t f_dec,
  input  logic [63:0] f_imm,
  input  logic        f_fault,
  input  logic        f_hit,
  output logic        d_accept,
  // From X, unwind.
  input  logic        kill,
  input  logic        x_block,    // X, if in its last step, kills
  input  logic        keep_i,     // planted fault: the kill leaves D's instruction
  input  logic        x_ready,
  input  logic        x_last,     // X is in the last of several steps
  input  logic        x_calls,    // X holds an Invoke or a Return in step 0, or an InvokeExternal
  input  logic        u_none,
  input  logic        u_look,
  // Values that others set.
  input  logic        s_cnt_set,
  input  logic [7:0]  s_cnt_new,
  input  logic        d_pend_clear,
  input  logic        l_fuel_set,
  input  logic [63:0] l_fuel_new,
  input  logic        l_init,     // the first invocation's price
  // Method and areas.
  input  logic [11:0] c_fbase_q,
  input  logic [11:0] c_fnext,    // c_fbase_q + fwords(c_fbytes_q)
  input  logic [11:0] c_fbytes_q,
  input  logic [11:0] c_sbase_q,
  input  logic [8:0]  c_argw_q,
  input  logic [9:0]  c_depth_q,
  input  logic [16:0] c_ret_q,
  input  logic        c_ext_q,
  input  logic [14:0] g_codelen_q,
  input  logic [14:0] g_constlen_q,
  input  logic [15:0] g_methods_q,
  // Redirect of F.
  output logic        d_redirect,
  output logic [16:0] d_target,
  output logic        d_b_we,
  // To X, at the issue.
  output logic        d_issue,
  output algorand_pkg::decoded_t d_dec_q,      // row of d_op_q, looked up by F: it would be in the path of every check
  output logic [4:0]  d_exc,
  output logic        d_word_set, // d_word is to be taken
  output logic        d_init_set,
  output logic        d_off_set,
  output logic [11:0] d_word,
  output logic [2:0]  d_off,
  output logic        d_init,
  // RAM reads, constants in the working segment; the call and scope words are always c_depth_q - 2.
  output logic        d_frame_re,
  output logic        d_const_re,
  output logic [10:0] d_const_ra,
  output logic        d_stack_re,
  output logic [11:0] d_stack_ra,
  output logic        d_call_re,
  // Registers.
  output logic        d_valid_q,
  output logic [16:0] d_pc_q,
  output logic [7:0]  d_op_q,
  output logic [63:0] d_imm_q,
  output logic        d_fault_q,
  output logic        d_redir_q,
  output logic [63:0] d_fuel_q,
  output logic [11:0] d_pend_q,
  output logic [7:0]  s_cnt_q
);



  // ---- Decoder row and common values ----

  logic [4:0]  cls;
  logic [1:0]  pops;
  logic [1:0]  pushes;
  logic [2:0]  delta;    // signed, -3 to 1
  logic [15:0] imm;
  logic [3:0]  width;    // of loads, stores and arguments: 1, 2, 4, 8
  logic [2:0]  align;    // address bits that must be 0
  logic        in_code;
  logic        deep;     // a return has an invoker
  logic [2:0]  cells;    // results of a native

  assign cls     = d_dec_q.cls;
  assign pops    = d_dec_q.pops;
  assign pushes  = d_dec_q.pushes;
  assign delta   = d_dec_q.change;
  assign imm     = d_imm_q[15:0];
  assign width   = 4'd1 << d_op_q[1:0];
  assign align   = width[2:0] - 3'd1;
  assign in_code = imm < {1'b0, g_codelen_q};
  assign deep    = c_depth_q > 10'd1;
  assign cells   = algorand_pkg::native_results(imm);

  // ---- Issue and redirect ----

  logic ready; // would issue, were there no kill: from registers only, so that F need not wait for X's verdict

  assign ready = x_ready && (u_none || (u_look && !d_fault_q && cls == algorand_pkg::CLASS_CATCH));
  assign d_issue  = d_valid_q && ready && !x_block;
  assign d_accept = !d_valid_q || ready;

  logic turn; // the instruction is one that D redirects

  always_comb begin : redirect
    turn     = 1'b0;
    d_target = {1'b0, imm};
    d_b_we   = 1'b0;
    if (d_valid_q && !d_redir_q && !d_fault_q && u_none && !x_calls) begin
      case (cls)
        algorand_pkg::CLASS_JUMP: begin
          turn   = in_code;
          d_b_we = in_code;
        end
        algorand_pkg::CLASS_BRANCH: begin
          turn   = in_code && {1'b0, imm} <= d_pc_q; // backward: predicted taken
          d_b_we = in_code && {1'b0, imm} <= d_pc_q;
        end
        algorand_pkg::CLASS_RETURN: begin
          turn     = deep && !c_ext_q;
          d_target = c_ret_q;
        end
        default: turn = 1'b0;
      endcase
    end
  end

  assign d_redirect = turn;

  // ---- Fuel ----

  logic [15:0] cost;
  logic [8:0]  words;  // of pending arguments
  logic [63:0] fuel_d;

  always_comb begin : charge
    words = d_pend_q[11:3];
    if (d_pend_q[2:0] != 3'd0 && fault_i != algorand_pkg::FAULT_NATIVE_PRICE) // fault native_price
      words = words + 9'd1;
    cost = {11'd0, d_dec_q.fuel};
    if (cls == algorand_pkg::CLASS_INVOKE_NATIVE) cost = algorand_pkg::native_fuel(imm, words);
    if (d_fault_q) cost = 16'd1;
    if (fault_i == algorand_pkg::FAULT_FUEL_LATE && x_last) cost = 16'd0; // fault fuel_late
    fuel_d = d_fuel_q - {48'd0, cost};
  end

  // ---- Checks, in the order of D9 ----

  logic [11:0] p;         // pending pointer, aligned
  logic [12:0] p_end;
  logic [16:0] imm_end;
  logic [8:0]  cnt_after; // depth while the results are there; wraps on underflow, which is found first

  always_comb begin : pending
    p = (d_pend_q + {9'd0, align}) & ~{9'd0, align};
    if (fault_i == algorand_pkg::FAULT_ARG_ALIGN && d_op_q == algorand_pkg::OP_ARG_32) p = d_pend_q; // fault arg_align
    p_end = {1'b0, p} + {9'd0, width};
  end

  assign imm_end   = {1'b0, imm} + {13'd0, width};
  assign cnt_after = {1'b0, s_cnt_q} - {7'd0, pops} + {7'd0, pushes};

  always_comb begin : checks_before_x
    d_exc = 5'd0;
    if (fuel_d[63]) d_exc = algorand_pkg::END_OUT_OF_FUEL;
    else if (d_fault_q) d_exc = algorand_pkg::CAUSE_FETCH;
    else if (cls == algorand_pkg::CLASS_UNDEFINED) d_exc = algorand_pkg::CAUSE_OPCODE;
    else if (s_cnt_q < {6'd0, pops}) d_exc = algorand_pkg::CAUSE_UNDERFLOW;
    else if (cnt_after > 9'(algorand_pkg::STACK_LIMIT)) d_exc = algorand_pkg::CAUSE_OVERFLOW;
    else begin
      case (cls)
        algorand_pkg::CLASS_LOAD, algorand_pkg::CLASS_STORE:
          if ((imm[2:0] & align) != 3'd0) d_exc = algorand_pkg::CAUSE_ALIGNMENT;
          else if (imm_end > {5'd0, c_fbytes_q}) d_exc = algorand_pkg::CAUSE_RANGE;
        algorand_pkg::CLASS_CLOAD:
          if ((imm[2:0] & align) != 3'd0) d_exc = algorand_pkg::CAUSE_ALIGNMENT;
          else if (imm_end > {2'd0, g_constlen_q}) d_exc = algorand_pkg::CAUSE_RANGE;
        algorand_pkg::CLASS_ARG: if (p_end > 13'(algorand_pkg::FRAME_MAX)) d_exc = algorand_pkg::CAUSE_RANGE;
        algorand_pkg::CLASS_JUMP: if (!in_code) d_exc = algorand_pkg::CAUSE_TARGET;
        algorand_pkg::CLASS_INVOKE: if (imm >= g_methods_q) d_exc = algorand_pkg::CAUSE_METHOD;
        algorand_pkg::CLASS_INVOKE_NATIVE:
          if ({1'b0, s_cnt_q} + {6'd0, cells} > 9'(algorand_pkg::STACK_LIMIT)) d_exc = algorand_pkg::CAUSE_OVERFLOW;
          else if (cells == 3'd0) d_exc = algorand_pkg::CAUSE_METHOD;
          else if (d_pend_q < algorand_pkg::native_least(imm)) d_exc = algorand_pkg::CAUSE_ARGUMENTS;
        default: d_exc = 5'd0;
      endcase
    end
  end

  // ---- RAM reads ----

  logic        goes;   // issued without an exception
  logic [11:0] refill; // address of the cell that may move up into NOS
  logic        moves;  // or, where more cells go, to TOS

  assign goes = d_issue && d_exc == 5'd0;
  // The cell below NOS is at index s_cnt_q - 3.
  assign refill = c_sbase_q + {4'd0, s_cnt_q}
      - (fault_i == algorand_pkg::FAULT_STACK_POINTER ? 12'd4 : 12'd3); // fault stack_pointer

  assign moves = delta == 3'd7 || cls == algorand_pkg::CLASS_STOREX || cls == algorand_pkg::CLASS_HSTORE
      || d_op_q == algorand_pkg::OP_PALLOC;

  always_comb begin : reads
    d_word_set = 1'b0;
    d_init_set = 1'b0;
    d_off_set  = 1'b0;
    d_word     = c_fbase_q + imm[14:3];
    d_off      = imm[2:0];
    d_init     = imm[15:3] < {4'd0, c_argw_q};
    d_frame_re = 1'b0;
    d_const_re = 1'b0;
    d_const_ra = imm[13:3];
    d_stack_re = 1'b0;
    d_stack_ra = refill;
    d_call_re  = 1'b0;
    // Addresses depend on the instruction alone; only the (late) read bits wait for its verdict.
    case (cls)
      algorand_pkg::CLASS_LOAD, algorand_pkg::CLASS_STORE: begin
        d_word_set = goes;
        d_init_set = goes;
        d_off_set  = goes;
        d_frame_re = goes;
      end
      algorand_pkg::CLASS_ARG: begin
        d_word_set = goes;
        d_init_set = goes;
        d_off_set  = goes;
        d_word     = c_fnext + {3'd0, p[11:3]};
        d_off      = p[2:0];
        d_init     = 1'b1;
        d_frame_re = goes && p[2:0] != 3'd0; // a fresh word starts from 0
      end
      algorand_pkg::CLASS_CLOAD: begin
        d_off_set  = goes;
        d_const_re = goes;
      end
      algorand_pkg::CLASS_INVOKE: begin
        d_const_re = goes;
        d_const_ra = imm[10:0] + 11'd1; // the method's table entry
      end
      algorand_pkg::CLASS_RETURN: begin
        d_call_re  = goes && deep;
        d_stack_ra = c_sbase_q - 12'd1; // the invoker's top cell
      end
      algorand_pkg::CLASS_INVOKE_NATIVE: begin
        d_init_set = goes; // its argument words are read as they are
        d_init     = 1'b1;
      end
      default: d_const_ra = imm[13:3];
    endcase
    if (cls == algorand_pkg::CLASS_RETURN) d_stack_re = goes && deep && c_sbase_q != 12'd0;
    else d_stack_re = goes && moves && s_cnt_q >= 8'd3;
  end

  // ---- Registers ----

  logic [7:0] cnt_d;

  always_comb begin : depth
    cnt_d = s_cnt_q + {{5{delta[2]}}, delta};
    if (cls == algorand_pkg::CLASS_INVOKE_NATIVE) cnt_d = s_cnt_q + {5'd0, cells};
  end

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      d_valid_q <= 1'b0;
      d_pc_q    <= 17'd0;
      d_op_q    <= 8'd0;
      d_dec_q   <= 21'd0;
      d_imm_q   <= 64'd0;
      d_fault_q <= 1'b0;
      d_redir_q <= 1'b0;
      d_fuel_q  <= 64'd0;
      d_pend_q  <= 12'd0;
      s_cnt_q   <= 8'd0;
    end else begin
      if (f_fire) begin
        d_valid_q <= 1'b1;
        d_pc_q    <= f_pc_q;
        d_op_q    <= f_op;
        d_dec_q   <= f_dec;
        d_imm_q   <= f_imm;
        d_fault_q <= f_fault;
        d_redir_q <= f_hit;
      end else begin
        if (d_issue) d_valid_q <= 1'b0;
        if (d_redirect) d_redir_q <= 1'b1;
      end
      // What F fires in the cycle of a kill is dropped with what was here.
      if (kill && !keep_i) d_valid_q <= 1'b0;

      if (d_issue) d_fuel_q <= fuel_d;
      else if (l_fuel_set) d_fuel_q <= l_fuel_new;
      else if (l_init) d_fuel_q <= d_fuel_q - {32'd0, algorand_pkg::FIRST_INVOKE_FUEL};

      if (s_cnt_set) s_cnt_q <= s_cnt_new;
      else if (goes) s_cnt_q <= cnt_d;

      if (d_pend_clear) d_pend_q <= 12'd0;
      else if (goes && cls == algorand_pkg::CLASS_ARG) d_pend_q <= p_end[11:0];
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      assert (!d_valid_q || d_dec_q == algorand_pkg::decode(d_op_q));
      // Overflow is checked at every issue, and a result set from outside fits its method (D14, D17).
      assert (s_cnt_q <= 8'(algorand_pkg::STACK_LIMIT));
      assert (!s_cnt_set || s_cnt_new <= 8'(algorand_pkg::STACK_LIMIT));
      assert (d_pend_q <= 12'(algorand_pkg::FRAME_MAX));
      // The header's claim: no one overwrites the counters in the cycle of an issue.
      assert (!(d_issue && (s_cnt_set || d_pend_clear || l_fuel_set || l_init)));
      // Nothing issues that is killed.
      assert (!(d_issue && kill));
      // F delivers only into an empty D, or one that is emptied by an issue or a kill.
      assert (!f_fire || d_accept);
      // The refill cell is the method's own: at index 0 or above.
      assert (!(goes && d_stack_re && cls != algorand_pkg::CLASS_RETURN) || s_cnt_q >= 8'd3);
      // Loads and stores stay in the method's frame, arguments in the area directly above it.
      assert (!(goes && d_frame_re && cls != algorand_pkg::CLASS_ARG)
          || (d_word >= c_fbase_q && d_word < c_fnext));
      assert (!(goes && cls == algorand_pkg::CLASS_ARG)
          || (d_word >= c_fnext && {1'b0, d_word} < {1'b0, c_fnext} + 13'(algorand_pkg::FRAME_MAX_WORDS)));
      // An internal return is always predicted before it issues; X relies on it and does not redirect.
      assert (!(d_issue && cls == algorand_pkg::CLASS_RETURN && deep && !c_ext_q) || d_redir_q || d_redirect);
      // A return reads the invoker's top cell, directly below the method's own.
      assert (!(d_stack_re && cls == algorand_pkg::CLASS_RETURN) || d_stack_ra == c_sbase_q - 12'd1);
      assert (!(d_stack_re && cls != algorand_pkg::CLASS_RETURN)
          || (d_stack_ra >= c_sbase_q && {1'b0, d_stack_ra} < {1'b0, c_sbase_q} + 13'(algorand_pkg::STACK_LIMIT)));
    end
  end
`endif

endmodule

`default_nettype wire
