// SPDX-License-Identifier: MIT OR Apache-2.0
// X: arithmetic, memory, branches, invocations, throws; every instruction ends here, in order.
//
// The two top cells of the operand stack are TOS and NOS (tos.sv). x_step_q is 0 in an instruction's first cycle; done
// is its last one, in which it retires and D may issue (ready.sv). A read that a step makes is on the RAM's output in
// the next one; the reads of plain instructions were made by D at the issue.
// x_kill empties D, of what F fires too: set by every redirect, throw and finish of X, and by an external return.
// The effects of invocations and returns on the method's registers are in calls.sv and segment.sv, unwinding is in
// unwind.sv, heap instructions are judged in heap.sv, natives run in native.sv.
// What an instruction does in a cycle is in effect.sv: with arithmetic (arith.sv), addresses and bytes of the memory
// instructions (frame.sv).
// Everything here depends on registers and RAM outputs only, never on F or D in the same cycle.
`default_nettype none

module execute (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // From D, at the issue.
  input  logic        d_issue,
  input  logic [16:0] d_pc_q,
  input  logic [7:0]  d_op_q,
  input  algorand_pkg::decoded_t d_dec_q,
  input  logic [63:0] d_imm_q,
  input  logic [4:0]  d_exc,
  input  logic        d_pred,     // F was sent to the target, by the BTB or by D
  input  logic        d_word_set,
  input  logic        d_init_set,
  input  logic        d_off_set,
  input  logic [11:0] d_word,
  input  logic [2:0]  d_off,
  input  logic        d_init,
  input  logic [7:0]  s_cnt_q,
  // Method, call, areas.
  input  logic        u_look,
  input  logic        u_restore,
  input  logic [63:0] u_code_q,
  input  logic        c_badargs,
  input  logic        c_capacity,
  input  logic [11:0] c_fbase_q,
  input  logic [11:0] c_fbytes_q,
  input  logic [8:0]  c_argw_q,
  input  logic [31:0] c_id_q,
  input  logic [11:0] c_sbase_q,
  input  logic [9:0]  c_depth_q,
  input  logic        c_ext_q,
  input  logic        l_start,
  // Segment: invoke_external; who works.
  input  logic [1:0]  g_slot_q,
  input  logic [63:0] g_app_q,
  input  logic [63:0] g_caller_q,
  input  logic [14:0] g_codelen_q,
  input  logic [14:0] g_constlen_q,
  input  logic        g_found,
  input  logic [1:0]  g_found_slot,
  input  logic [15:0] g_entries,
  input  logic        g_idle,
  input  logic [1:0]  g_fail_q,
  // Native.
  input  logic        n_push,
  input  logic        n_last,
  input  logic        n_asked,
  input  logic [7:0]  n_word,
  input  logic [63:0] h_data_q,
  // Heap.
  input  logic        p_here,
  input  logic [7:0]  p_size,
  input  logic [7:0]  p_clear_q,
  input  logic        a_goes,
  input  logic        a_ends,
  input  logic        a_throws,
  input  logic        a_finish,
  input  logic [4:0]  a_cause,
  input  logic        a_load,
  input  logic        a_store,
  input  logic        a_refill,
  input  logic [63:0] a_value,
  input  logic [7:0]  a_left_q,
  // RAM outputs.
  input  logic [63:0] const_rd,
  input  logic        const_rv_q,
  input  logic [63:0] stack_rd,
  input  logic        stack_rv_q,
  input  logic [63:0] frame_rd,
  input  logic [31:0] tag_rd,
  input  logic        frame_rv_q,
  input  logic [7:0]  call_cnt,   // cnt of the call word
  output logic        frame_hit,
  // Control.
  output logic        x_ready,
  output logic        x_last,
  output logic        x_block,
  output logic        x_calls,
  output logic        x_kill,
  output logic        x_keep,
  output logic        x_redirect,
  output logic [16:0] x_target,
  output logic        x_b_we,
  output logic        x_invoke,   // an invocation with its table entry
  output logic        x_external, // it is an external one
  output logic        x_leave,
  output logic        x_look,     // X searches the resident segments
  output logic        x_fill,
  output logic        x_open,     // invoke_external enters its method
  output logic        x_native,   // step 0 of invoke_native
  output logic        x_heap,     // a heap instruction without exception
  output logic        x_pushes,
  output logic        x_late,     // the result comes late
  output logic        x_throw,
  output logic        x_nonext,
  output logic [63:0] x_thrown,
  output logic        x_finish,
  output logic [4:0]  x_kind,
  output logic [63:0] x_value,
  output logic        x_s_set,
  output logic [7:0]  x_s_new,
  output logic        x_p_clear,
  output logic        x_retire,
  output logic [4:0]  x_code,
  output logic [1:0]  x_push,
  // RAM ports; x_*_sel_o: the read port is X's in this cycle, whether it reads or not.
  output logic        x_const_sel,
  output logic        x_frame_sel,
  output logic        x_stack_sel,
  output logic        x_const_re,
  output logic [12:0] x_const_ra,
  output logic        x_frame_re,
  output logic [11:0] x_frame_ra,
  output logic        x_frame_we,
  output logic [63:0] x_frame_wd,
  output logic [31:0] x_tag_wd,
  output logic        x_stack_re,
  output logic [11:0] x_stack_ra,
  output logic        s_stack_we,
  output logic [11:0] s_stack_wa,
  output logic [63:0] s_stack_wd,
  // Units.
  output logic        x_valid_q,
  output logic [16:0] x_pc_q,
  output logic [7:0]  x_op_q,
  output algorand_pkg::decoded_t x_dec_q,    // row of x_op_q
  output logic [63:0] x_imm_q,
  output logic [7:0]  x_cnt_q,
  output logic [1:0]  x_step_q,
  output logic [1:0]  x_slot_q,
  output logic [11:0] x_word_q,
  output logic        x_init_q,
  output logic [63:0] s_tos_q,    // of tos.sv
  output logic [63:0] s_nos_q
);

  logic [4:0]   x_exc_q;
  logic         x_pred_q;
  logic         x_taken_q;
  logic [2:0]   x_off_q;


  // ---- Decoder row ----

  logic [4:0]  cls;
  logic        m_busy;
  logic        v_busy;
  logic        go;           // no exception found by D
  logic        step0;
  logic        first;        // step 0 of such an instruction
  logic        deep;         // the method has an invoker
  logic [15:0] imm;
  logic        in_code;
  logic        entry_public; // of the method's table entry on const_rd
  logic        unused_bits;

  assign cls     = x_dec_q.cls;
  assign go      = x_valid_q && x_exc_q == 5'd0;
  assign step0   = x_step_q == 2'd0;
  assign first   = go && step0;
  assign deep    = c_depth_q != 10'd1;
  assign imm     = x_imm_q[15:0];
  assign in_code = imm < {1'b0, g_codelen_q};
  assign entry_public = const_rd[48] || fault_i == algorand_pkg::FAULT_PRIVATE_CALLABLE; // fault private_callable

  assign x_external = cls == algorand_pkg::CLASS_INVOKE_EXTERNAL;
  assign x_calls    = x_valid_q && (x_external
      || (step0 && (cls == algorand_pkg::CLASS_INVOKE || cls == algorand_pkg::CLASS_RETURN)));
  assign x_invoke = (first && cls == algorand_pkg::CLASS_INVOKE) || (go && x_external && x_step_q[1]);
  assign x_open   = go && x_external && x_step_q == 2'd3;
  assign x_leave  = first && cls == algorand_pkg::CLASS_RETURN && deep;
  assign x_look   = first && x_external;
  assign x_native = first && cls == algorand_pkg::CLASS_INVOKE_NATIVE;
  assign x_heap   = go && (cls == algorand_pkg::CLASS_HLOAD || cls == algorand_pkg::CLASS_HSTORE
      || cls == algorand_pkg::CLASS_PAGE);

  // ---- Effect ----

  logic        done;         // its last cycle
  logic        throws;
  logic [4:0]  cause;
  logic        athrow;       // the code is TOS
  logic        finish;
  logic        redirect;     // other than that of a throw
  logic [16:0] target;
  logic [1:0]  step_d;       // of an instruction that is not done
  logic        push;         // push_v goes on the stack
  logic [63:0] push_v;
  logic [7:0]  push_cnt;     // at this depth
  logic        spill;        // a cell goes to the stack RAM
  logic [11:0] spill_wa;
  logic [63:0] spill_wd;
  logic        tos_set;
  logic [63:0] tos_v;
  logic        nos_set;
  logic [63:0] nos_v;
  logic        stack_re;
  logic [11:0] stack_ra;
  logic [1:0]  results;      // on TOS, NOS, to compare at the retirement
  logic [7:0]  x_kept;       // cells that stay if it throws
  algorand_pkg::mend_e x_mend; // how TOS and NOS are mended then
  logic        branch_taken;
  logic        arith_throw;
  logic        arith_last;
  logic [15:0] address;      // computed, low bits
  logic [2:0]  offset;       // byte in the word that is read
  logic [63:0] merged;

  effect u_effect (
    .x_binary (x_dec_q.pops == 2'd2),
    .*
  );

  // ---- The stack that a throw leaves: without the operands ----

  logic [7:0] pops;
  logic       dropped; // X has taken the operand already, and refilled

  assign pops    = fault_i == algorand_pkg::FAULT_THROW_KEEPS ? 8'd0 : {6'd0, x_dec_q.pops}; // fault throw_keeps
  assign x_kept  = x_cnt_q < pops ? 8'd0 : x_cnt_q - pops;
  assign dropped = go && (cls == algorand_pkg::CLASS_BRANCH || cls == algorand_pkg::CLASS_SWITCH);

  always_comb begin : mend
    if (dropped) x_mend = algorand_pkg::MEND_NONE;
    else begin
      case (x_dec_q.pops)
        2'd0: x_mend = algorand_pkg::MEND_NONE;
        2'd1: x_mend = algorand_pkg::MEND_NEXT;
        default: x_mend = algorand_pkg::MEND_TOP;
      endcase
    end
  end

  // D has charged and counted; offset has the low bits of the address.
  assign unused_bits = ^{x_dec_q.fuel, x_dec_q.change, x_dec_q.pushes, address[2:0]};

  // ---- Ends of an instruction ----

  logic [63:0] thrown;

  always_comb begin : ends
    thrown = {1'b1, 58'd0, cause};
    if (athrow) begin
      thrown = {2'b00, s_tos_q[61:0]};
      if (fault_i == algorand_pkg::FAULT_ATHROW_FORGE) thrown[63] = s_tos_q[63]; // fault athrow_forge
    end
    x_redirect = redirect;
    x_target   = target;
    if (throws && cause != algorand_pkg::CAUSE_FETCH) begin
      x_redirect = 1'b1; // to the instruction textually after this one
      x_target   = x_pc_q + {13'd0, x_dec_q.length};
    end
  end

  assign x_throw  = throws;
  assign x_nonext = cause == algorand_pkg::CAUSE_FETCH;
  assign x_thrown = thrown;
  assign x_finish = finish;
  assign x_value  = x_kind == algorand_pkg::END_VALUE ? s_tos_q : 64'd0;
  // An external return empties D while the invoker's segment is looked for.
  assign x_kill   = throws || finish || redirect || (x_leave && c_ext_q);
  assign x_last   = done && !step0;
  assign x_code   = (throws || finish) ? cause : 5'd0;
  assign x_push   = (throws || finish) ? 2'd0 : results;
  assign x_late   = cls == algorand_pkg::CLASS_HLOAD && !(throws || finish);
  assign x_retire = done
      && !(fault_i == algorand_pkg::FAULT_RETIRE_LOST && x_op_q == algorand_pkg::OP_IEQZ); // fault retire_lost

  assign x_frame_ra = c_fbase_q + address[14:3];
  assign x_frame_wd = merged;
  assign x_tag_wd   = cls == algorand_pkg::CLASS_ARG ? 32'd0 : c_id_q;

  // ---- Top of stack, last steps ----

  logic        s_stack_sel;
  logic        s_stack_re;
  logic [11:0] s_stack_ra;
  logic        stack_sel;

  assign x_stack_sel = stack_sel || s_stack_sel;
  assign x_stack_re  = stack_re || s_stack_re;
  assign x_stack_ra  = s_stack_sel ? s_stack_ra : stack_ra;

  tos u_tos (.*);

  ready u_ready (
    .x_clean (x_exc_q == 5'd0),
    .p_last  (p_clear_q == 8'd1),
    .d_class (d_dec_q.cls),
    .*
  );

  // ---- Registers ----

  always_ff @(posedge clk_i) begin : pipeline
    if (!rst_ni) begin
      x_valid_q <= 1'b0;
      x_pc_q    <= 17'd0;
      x_op_q    <= 8'd0;
      x_dec_q   <= 21'd0;
      x_imm_q   <= 64'd0;
      x_exc_q   <= 5'd0;
      x_cnt_q   <= 8'd0;
      x_pred_q  <= 1'b0;
      x_taken_q <= 1'b0;
      x_step_q  <= 2'd0;
      x_slot_q  <= 2'd0;
      x_word_q  <= 12'd0;
      x_off_q   <= 3'd0;
      x_init_q  <= 1'b0;
    end else begin
      if (x_frame_re) begin
        x_word_q <= x_frame_ra;
        x_init_q <= address[15:3] < {4'd0, c_argw_q};
      end
      if (x_frame_re || (x_const_re && !x_external)) x_off_q <= offset;
      if (d_issue) begin
        x_valid_q <= 1'b1;
        x_pc_q    <= d_pc_q;
        x_op_q    <= d_op_q;
        x_dec_q   <= d_dec_q;
        x_imm_q   <= d_imm_q;
        x_exc_q   <= d_exc;
        x_cnt_q   <= s_cnt_q;
        x_pred_q  <= d_pred;
        x_taken_q <= u_look;
        x_step_q  <= 2'd0;
        if (d_word_set) x_word_q <= d_word;
        if (d_init_set) x_init_q <= d_init;
        if (d_off_set) x_off_q <= d_off;
      end else if (done) begin
        x_valid_q <= 1'b0;
      end else if (x_valid_q) begin
        x_step_q <= step_d;
        if (x_look && g_found) x_slot_q <= g_found_slot;
        // Fault extra_cycle: step 0 again, as long as x_word_q has not the address.
        if (fault_i == algorand_pkg::FAULT_EXTRA_CYCLE && cls == algorand_pkg::CLASS_LOADX && x_word_q != x_frame_ra)
          x_step_q <= 2'd0;
      end
    end
  end

`ifndef SYNTHESIS
  logic [12:0] frame_end;
  assign frame_end = {1'b0, c_fbase_q} + {4'd0, c_fbytes_q[11:3]} + {12'd0, c_fbytes_q[2:0] != 3'd0};

  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // What the decoder says of x_op_q, looked up by F.
      assert (!x_valid_q || x_dec_q == algorand_pkg::decode(x_op_q));
      // A read port belongs to X when X reads.
      assert (x_const_sel || !x_const_re);
      assert (x_frame_sel || !x_frame_re);
      assert (x_stack_sel || !x_stack_re);
      // An instruction enters only an empty or emptied X.
      assert (!d_issue || !x_valid_q || done);
      // Redirects, throws and finishes are the last act, except the redirect of an invocation.
      assert (!(throws || finish || redirect) || done || cls == algorand_pkg::CLASS_INVOKE);
      assert (!(throws && finish));
      // Units run only under their instruction.
      assert (!m_busy || (x_valid_q && cls == algorand_pkg::CLASS_MUL));
      assert (!v_busy || (x_valid_q && cls == algorand_pkg::CLASS_DIV));
      // Isolation of frames: stores inside the method's frame, arguments in the 256 words above it.
      assert (!(x_frame_we && cls != algorand_pkg::CLASS_ARG)
          || (x_word_q >= c_fbase_q && {1'b0, x_word_q} < frame_end));
      assert (!(x_frame_we && cls == algorand_pkg::CLASS_ARG)
          || ({1'b0, x_word_q} >= frame_end && {1'b0, x_word_q} < frame_end + 13'(algorand_pkg::FRAME_MAX_WORDS)));
      assert (!x_frame_re || (x_frame_ra >= c_fbase_q && {1'b0, x_frame_ra} < frame_end));
      // Isolation of stacks: reads and writes stay in the method's own cells; but an invocation's second write is the
      // invoker's top cell, directly below the new base, and a return reads the second of the invoker's cells.
      assert (!s_stack_we || (cls == algorand_pkg::CLASS_INVOKE && !step0 ? s_stack_wa == c_sbase_q - 12'd1
          : s_stack_wa >= c_sbase_q && {1'b0, s_stack_wa} < {1'b0, c_sbase_q} + 13'(algorand_pkg::STACK_LIMIT)));
      assert (!x_stack_re || (x_leave ? x_stack_ra == c_sbase_q - 12'd2 && c_sbase_q >= 12'd2
          : x_stack_ra >= c_sbase_q && {1'b0, x_stack_ra} < {1'b0, c_sbase_q} + 13'(algorand_pkg::STACK_LIMIT)));
      // A native runs under its instruction only; the host sends as many cells as the table says.
      assert (!(n_push || n_asked) || (go && cls == algorand_pkg::CLASS_INVOKE_NATIVE));
      assert (!n_push || n_last == (n_word + 8'd1 == {5'd0, algorand_pkg::native_results(imm)}));
      // D charged, counted and read for a method that exists.
      assert (!x_valid_q || c_depth_q != 10'd0);
      // A jump that reaches X was followed by F.
      assert (!(go && cls == algorand_pkg::CLASS_JUMP) || x_pred_q);
      // Only a catch is issued while unwind looks.
      assert (!(x_valid_q && x_taken_q) || cls == algorand_pkg::CLASS_CATCH);
    end
  end
`endif

endmodule

`default_nettype wire
