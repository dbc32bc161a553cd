// X: arithmetic, memory, branches, invocations, throws; every instruction ends here, in order.
//
// The two top cells of the operand stack are TOS and NOS (tos.sv). x_step_q is 0 in an instruction's first cycle; done
// is its last one, in which it retires and D may issue (ready.sv). A read that a step makes is on the RAM's output in
// the next one; the reads of plain instructions were made by D at the issue.
// x_kill_o empties D, of what F fires too: set by every redirect, throw and finish of X, and by an external return.
// The effects of invocations and returns on the method's registers are in calls.sv and segment.sv, unwinding is in
// unwind.sv, heap instructions are judged in heap.sv, natives run in native.sv.
// What an instruction does in a cycle is in effect.sv: with arithmetic (arith.sv), addresses and bytes of the memory
// instructions (frame.sv).
// Everything here depends on registers and RAM outputs only, never on F or D in the same cycle.
`default_nettype none

module execute (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // From D, at the issue.
  input  logic         d_issue_i,
  input  logic [16:0]  d_pc_i,
  input  logic [7:0]   d_op_i,
  input  logic [20:0]  d_dec_i,
  input  logic [63:0]  d_imm_i,
  input  logic [4:0]   d_exc_i,
  input  logic         d_pred_i,     // F was sent to the target, by the BTB or by D
  input  logic         d_word_set_i,
  input  logic         d_init_set_i,
  input  logic         d_off_set_i,
  input  logic [11:0]  d_word_i,
  input  logic [2:0]   d_off_i,
  input  logic         d_init_i,
  input  logic [7:0]   s_cnt_i,
  // Method, call, areas.
  input  logic         u_look_i,
  input  logic [63:0]  u_code_i,
  input  logic         c_badargs_i,
  input  logic         c_capacity_i,
  input  logic [11:0]  c_fbase_i,
  input  logic [11:0]  c_fbytes_i,
  input  logic [8:0]   c_argw_i,
  input  logic [31:0]  c_id_i,
  input  logic [11:0]  c_sbase_i,
  input  logic [9:0]   c_depth_i,
  input  logic         c_ext_i,
  input  logic         l_start_i,
  // Segment: invoke_external; who works.
  input  logic [1:0]   g_slot_i,
  input  logic [63:0]  g_app_i,
  input  logic [63:0]  g_caller_i,
  input  logic [14:0]  g_codelen_i,
  input  logic [14:0]  g_constlen_i,
  input  logic         g_found_i,
  input  logic [1:0]   g_found_slot_i,
  input  logic [15:0]  g_entries_i,
  input  logic         g_idle_i,
  input  logic [1:0]   g_fail_i,
  // Native.
  input  logic         n_push_i,
  input  logic         n_last_i,
  input  logic         n_asked_i,
  input  logic [7:0]   n_word_i,
  input  logic [63:0]  h_data_i,
  // Heap.
  input  logic         p_all_i,
  input  logic         p_hit_i,
  input  logic         p_here_i,
  input  logic [7:0]   p_size_i,
  input  logic [7:0]   p_clear_i,
  input  logic         a_goes_i,
  input  logic         a_ends_i,
  input  logic         a_throws_i,
  input  logic         a_finish_i,
  input  logic [4:0]   a_cause_i,
  input  logic         a_load_i,
  input  logic         a_store_i,
  input  logic         a_refill_i,
  input  logic [63:0]  a_value_i,
  input  logic [7:0]   a_left_i,
  // RAM outputs.
  input  logic [63:0]  const_rd_i,
  input  logic         const_rv_i,
  input  logic [63:0]  stack_rd_i,
  input  logic         stack_rv_i,
  input  logic [63:0]  frame_rd_i,
  input  logic [31:0]  tag_rd_i,
  input  logic         frame_rv_i,
  input  logic [7:0]   call_cnt_i,   // cnt of the call word
  output logic         frame_hit_o,
  // Control.
  output logic         x_ready_o,
  output logic         x_last_o,
  output logic         x_block_o,
  output logic         x_calls_o,
  output logic         x_kill_o,
  output logic         x_keep_o,
  output logic         x_redirect_o,
  output logic [16:0]  x_target_o,
  output logic         x_b_we_o,
  output logic         x_invoke_o,   // an invocation with its table entry
  output logic         x_external_o, // it is an external one
  output logic         x_leave_o,
  output logic         x_look_o,     // X searches the resident segments
  output logic         x_fill_o,
  output logic         x_open_o,     // invoke_external enters its method
  output logic         x_native_o,   // step 0 of invoke_native
  output logic         x_heap_o,     // a heap instruction without exception
  output logic         x_pushes_o,
  output logic         x_late_o,     // the result comes late
  output logic         x_throw_o,
  output logic         x_nonext_o,
  output logic [63:0]  x_thrown_o,
  output logic         x_finish_o,
  output logic [4:0]   x_kind_o,
  output logic [63:0]  x_value_o,
  output logic         x_s_set_o,
  output logic [7:0]   x_s_new_o,
  output logic         x_p_clear_o,
  output logic         x_retire_o,
  output logic [4:0]   x_code_o,
  output logic [1:0]   x_push_o,
  // RAM ports; x_*_sel_o: the read port is X's in this cycle, whether it reads or not.
  output logic         x_const_sel_o,
  output logic         x_frame_sel_o,
  output logic         x_stack_sel_o,
  output logic         x_const_re_o,
  output logic [12:0]  x_const_ra_o,
  output logic         x_frame_re_o,
  output logic [11:0]  x_frame_ra_o,
  output logic         x_frame_we_o,
  output logic [63:0]  x_frame_wd_o,
  output logic [31:0]  x_tag_wd_o,
  output logic         x_stack_re_o,
  output logic [11:0]  x_stack_ra_o,
  output logic         s_stack_we_o,
  output logic [11:0]  s_stack_wa_o,
  output logic [63:0]  s_stack_wd_o,
  // Units.
  output logic         x_valid_o,
  output logic [16:0]  x_pc_o,
  output logic [7:0]   x_op_o,
  output logic [20:0]  x_dec_o,
  output logic [63:0]  x_imm_o,
  output logic [7:0]   x_cnt_o,
  output logic [1:0]   x_step_o,
  output logic [1:0]   x_slot_o,
  output logic [11:0]  x_word_o,
  output logic         x_init_o,
  output logic [63:0]  s_tos_o,
  output logic [63:0]  s_nos_o
);

  logic         x_valid_q;
  logic [16:0]  x_pc_q;
  logic [7:0]   x_op_q;
  logic [63:0]  x_imm_q;
  logic [4:0]   x_exc_q;
  logic [7:0]   x_cnt_q;
  logic         x_pred_q;
  logic         x_taken_q;
  logic [1:0]   x_step_q;
  logic [1:0]   x_slot_q;
  logic [11:0]  x_word_q;
  logic [2:0]   x_off_q;
  logic         x_init_q;
  logic [63:0]  s_tos_q; // of tos.sv
  logic [63:0]  s_nos_q;

  assign x_valid_o = x_valid_q;
  assign x_pc_o    = x_pc_q;
  assign x_op_o    = x_op_q;
  assign x_dec_o   = x_dec_q;
  assign x_imm_o   = x_imm_q;
  assign x_cnt_o   = x_cnt_q;
  assign x_step_o  = x_step_q;
  assign x_slot_o  = x_slot_q;
  assign x_word_o  = x_word_q;
  assign x_init_o  = x_init_q;
  assign s_tos_o   = s_tos_q;
  assign s_nos_o   = s_nos_q;

  // ---- Decoder row ----

  logic [20:0] x_dec_q;      // row of x_op_q
  logic [4:0]  cls;
  logic        m_busy;
  logic        v_busy;
  logic        go;           // no exception found by D
  logic        step0;
  logic        first;        // step 0 of such an instruction
  logic        deep;         // the method has an invoker
  logic [15:0] imm;
  logic        in_code;
  logic        entry_public; // of the method's table entry on const_rd_i
  logic        unused_bits;

  assign cls     = x_dec_q[4:0];
  assign go      = x_valid_q && x_exc_q == 5'd0;
  assign step0   = x_step_q == 2'd0;
  assign first   = go && step0;
  assign deep    = c_depth_i != 10'd1;
  assign imm     = x_imm_q[15:0];
  assign in_code = imm < {1'b0, g_codelen_i};
  assign entry_public = const_rd_i[48] || fault_i == algorand_pkg::FAULT_PRIVATE_CALLABLE; // fault private_callable

  assign x_external_o = cls == algorand_pkg::CLASS_INVOKE_EXTERNAL;
  assign x_calls_o    = x_valid_q && (x_external_o
      || (step0 && (cls == algorand_pkg::CLASS_INVOKE || cls == algorand_pkg::CLASS_RETURN)));
  assign x_invoke_o   = (first && cls == algorand_pkg::CLASS_INVOKE) || (go && x_external_o && x_step_q[1]);
  assign x_open_o     = go && x_external_o && x_step_q == 2'd3;
  assign x_leave_o    = first && cls == algorand_pkg::CLASS_RETURN && deep;
  assign x_look_o     = first && x_external_o;
  assign x_native_o   = first && cls == algorand_pkg::CLASS_INVOKE_NATIVE;
  assign x_heap_o     = go && (cls == algorand_pkg::CLASS_HLOAD || cls == algorand_pkg::CLASS_HSTORE
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
  logic        branch_taken;
  logic        arith_throw;
  logic        arith_last;
  logic [15:0] address;      // computed, low bits
  logic [2:0]  offset;       // byte in the word that is read
  logic [63:0] merged;
  logic        again_q;      // planted fault extra_cycle: step 0 was done once

  effect u_effect (
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .fault_i        (fault_i),
    .x_valid_i      (x_valid_q),
    .x_op_i         (x_op_q),
    .x_imm_i        (x_imm_q),
    .x_exc_i        (x_exc_q),
    .x_cnt_i        (x_cnt_q),
    .x_pc_i         (x_pc_q),
    .x_step_i       (x_step_q),
    .x_slot_i       (x_slot_q),
    .x_pred_i       (x_pred_q),
    .x_taken_i      (x_taken_q),
    .x_off_i        (x_off_q),
    .x_init_i       (x_init_q),
    .s_tos_i        (s_tos_q),
    .s_nos_i        (s_nos_q),
    .x_class_i      (cls),
    .x_go_i         (go),
    .x_first_i      (step0),
    .x_deep_i       (deep),
    .imm_i          (imm),
    .in_code_i      (in_code),
    .entry_public_i (entry_public),
    .x_binary_i     (x_dec_q[10:9] == 2'd2),
    .s_cnt_i        (s_cnt_i),
    .u_code_i       (u_code_i),
    .c_badargs_i    (c_badargs_i),
    .c_capacity_i   (c_capacity_i),
    .c_fbytes_i     (c_fbytes_i),
    .c_id_i         (c_id_i),
    .c_sbase_i      (c_sbase_i),
    .g_slot_i       (g_slot_i),
    .g_app_i        (g_app_i),
    .g_caller_i     (g_caller_i),
    .g_codelen_i    (g_codelen_i),
    .g_constlen_i   (g_constlen_i),
    .g_found_i      (g_found_i),
    .g_entries_i    (g_entries_i),
    .g_idle_i       (g_idle_i),
    .g_fail_i       (g_fail_i),
    .n_push_i       (n_push_i),
    .n_last_i       (n_last_i),
    .n_asked_i      (n_asked_i),
    .n_word_i       (n_word_i),
    .h_data_i       (h_data_i),
    .p_hit_i        (p_hit_i),
    .p_here_i       (p_here_i),
    .p_size_i       (p_size_i),
    .p_clear_i      (p_clear_i),
    .a_goes_i       (a_goes_i),
    .a_ends_i       (a_ends_i),
    .a_throws_i     (a_throws_i),
    .a_finish_i     (a_finish_i),
    .a_cause_i      (a_cause_i),
    .const_rd_i     (const_rd_i),
    .const_rv_i     (const_rv_i),
    .stack_rd_i     (stack_rd_i),
    .stack_rv_i     (stack_rv_i),
    .frame_rd_i     (frame_rd_i),
    .tag_rd_i       (tag_rd_i),
    .frame_rv_i     (frame_rv_i),
    .call_cnt_i     (call_cnt_i),
    .done_o         (done),
    .throws_o       (throws),
    .cause_o        (cause),
    .athrow_o       (athrow),
    .finish_o       (finish),
    .redirect_o     (redirect),
    .target_o       (target),
    .step_d_o       (step_d),
    .push_o         (push),
    .push_v_o       (push_v),
    .push_cnt_o     (push_cnt),
    .spill_o        (spill),
    .spill_wa_o     (spill_wa),
    .spill_wd_o     (spill_wd),
    .tos_set_o      (tos_set),
    .tos_v_o        (tos_v),
    .nos_set_o      (nos_set),
    .nos_v_o        (nos_v),
    .stack_re_o     (stack_re),
    .stack_ra_o     (stack_ra),
    .results_o      (results),
    .branch_taken_o (branch_taken),
    .arith_throw_o  (arith_throw),
    .arith_last_o   (arith_last),
    .address_o      (address),
    .offset_o       (offset),
    .merged_o       (merged),
    .frame_hit_o    (frame_hit_o),
    .x_keep_o       (x_keep_o),
    .x_b_we_o       (x_b_we_o),
    .x_fill_o       (x_fill_o),
    .x_kind_o       (x_kind_o),
    .x_s_set_o      (x_s_set_o),
    .x_s_new_o      (x_s_new_o),
    .x_p_clear_o    (x_p_clear_o),
    .x_const_re_o   (x_const_re_o),
    .x_const_ra_o   (x_const_ra_o),
    .x_frame_re_o   (x_frame_re_o),
    .x_frame_we_o   (x_frame_we_o),
    .m_busy_o       (m_busy),
    .v_busy_o       (v_busy)
  );

  // D has charged and counted; offset has the low bits of the address.
  assign unused_bits = ^{x_dec_q[20:11], address[2:0]};

  // ---- Ends of an instruction ----

  logic [63:0] thrown;

  always_comb begin : ends
    thrown = {1'b1, 58'd0, cause};
    if (athrow) begin
      thrown = {2'b00, s_tos_q[61:0]};
      if (fault_i == algorand_pkg::FAULT_ATHROW_FORGE) thrown[63] = s_tos_q[63]; // fault athrow_forge
    end
    x_redirect_o = redirect;
    x_target_o   = target;
    if (throws && cause != algorand_pkg::CAUSE_FETCH) begin
      x_redirect_o = 1'b1; // to the instruction textually after this one
      x_target_o   = x_pc_q + {13'd0, x_dec_q[8:5]};
    end
  end

  assign x_throw_o  = throws;
  assign x_nonext_o = cause == algorand_pkg::CAUSE_FETCH;
  assign x_thrown_o = thrown;
  assign x_finish_o = finish;
  assign x_value_o  = x_kind_o == 5'd1 ? s_tos_q : 64'd0;
  // An external return empties D while the invoker's segment is looked for.
  assign x_kill_o   = throws || finish || redirect || (x_leave_o && c_ext_i);
  assign x_last_o   = done && !step0;
  assign x_code_o   = (throws || finish) ? cause : 5'd0;
  assign x_push_o   = (throws || finish) ? 2'd0 : results;
  assign x_late_o   = cls == algorand_pkg::CLASS_HLOAD && !(throws || finish);
  assign x_retire_o = done
      && !(fault_i == algorand_pkg::FAULT_RETIRE_LOST && x_op_q == algorand_pkg::OP_IEQZ); // fault retire_lost

  assign x_frame_ra_o = c_fbase_i + address[14:3];
  assign x_frame_wd_o = merged;
  assign x_tag_wd_o   = cls == algorand_pkg::CLASS_ARG ? 32'd0 : c_id_i;

  // ---- Top of stack, last steps ----

  logic        a_stack_sel;
  logic        a_stack_re;
  logic [11:0] a_stack_ra;
  logic        stack_sel;

  assign x_stack_sel_o = stack_sel || a_stack_sel;
  assign x_stack_re_o  = stack_re || a_stack_re;
  assign x_stack_ra_o  = a_stack_sel ? a_stack_ra : stack_ra;

  tos u_tos (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .fault_i       (fault_i),
    .l_start_i     (l_start_i),
    .c_sbase_i     (c_sbase_i),
    .x_pushes_i    (x_pushes_o),
    .tos_set_i     (tos_set),
    .tos_v_i       (tos_v),
    .nos_set_i     (nos_set),
    .nos_v_i       (nos_v),
    .push_i        (push),
    .push_v_i      (push_v),
    .push_cnt_i    (push_cnt),
    .spill_i       (spill),
    .spill_wa_i    (spill_wa),
    .spill_wd_i    (spill_wd),
    .a_load_i      (a_load_i),
    .a_store_i     (a_store_i),
    .a_refill_i    (a_refill_i),
    .a_value_i     (a_value_i),
    .a_left_i      (a_left_i),
    .stack_rd_i    (stack_rd_i),
    .stack_rv_i    (stack_rv_i),
    .a_stack_sel_o (a_stack_sel),
    .a_stack_re_o  (a_stack_re),
    .a_stack_ra_o  (a_stack_ra),
    .s_stack_we_o  (s_stack_we_o),
    .s_stack_wa_o  (s_stack_wa_o),
    .s_stack_wd_o  (s_stack_wd_o),
    .s_tos_o       (s_tos_q),
    .s_nos_o       (s_nos_q)
  );

  ready u_ready (
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .fault_i        (fault_i),
    .x_valid_i      (x_valid_q),
    .x_clean_i      (x_exc_q == 5'd0),
    .x_class_i      (cls),
    .x_op_i         (x_op_q),
    .x_step_i       (x_step_q),
    .x_pred_i       (x_pred_q),
    .x_taken_i      (x_taken_q),
    .arith_last_i   (arith_last),
    .n_last_i       (n_last_i),
    .p_all_i        (p_all_i),
    .p_last_i       (p_clear_i == 8'd1),
    .a_store_i      (a_store_i),
    .d_class_i      (d_dec_i[4:0]),
    .branch_taken_i (branch_taken),
    .in_code_i      (in_code),
    .const_rv_i     (const_rv_i),
    .arith_throw_i  (arith_throw),
    .a_ends_i       (a_ends_i),
    .x_kill_i       (x_kill_o),
    .x_ready_o      (x_ready_o),
    .x_block_o      (x_block_o),
    .x_pushes_o     (x_pushes_o),
    .x_const_sel_o  (x_const_sel_o),
    .x_frame_sel_o  (x_frame_sel_o),
    .x_stack_sel_o  (stack_sel)
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
      again_q   <= 1'b0;
    end else begin
      again_q <= 1'b0;
      if (x_frame_re_o) begin
        x_word_q <= x_frame_ra_o;
        x_init_q <= address[15:3] < {4'd0, c_argw_i};
      end
      if (x_frame_re_o || (x_const_re_o && !x_external_o)) x_off_q <= offset;
      if (d_issue_i) begin
        x_valid_q <= 1'b1;
        x_pc_q    <= d_pc_i;
        x_op_q    <= d_op_i;
        x_dec_q   <= d_dec_i;
        x_imm_q   <= d_imm_i;
        x_exc_q   <= d_exc_i;
        x_cnt_q   <= s_cnt_i;
        x_pred_q  <= d_pred_i;
        x_taken_q <= u_look_i;
        x_step_q  <= 2'd0;
        if (d_word_set_i) x_word_q <= d_word_i;
        if (d_init_set_i) x_init_q <= d_init_i;
        if (d_off_set_i) x_off_q <= d_off_i;
      end else if (done) begin
        x_valid_q <= 1'b0;
      end else if (x_valid_q) begin
        x_step_q <= step_d;
        if (x_look_o && g_found_i) x_slot_q <= g_found_slot_i;
        if (fault_i == algorand_pkg::FAULT_EXTRA_CYCLE && cls == algorand_pkg::CLASS_LOADX && !again_q) begin
          x_step_q <= 2'd0; // fault extra_cycle
          again_q  <= 1'b1;
        end
      end
    end
  end

`ifndef SYNTHESIS
  logic [12:0] frame_end;
  assign frame_end = {1'b0, c_fbase_i} + {4'd0, c_fbytes_i[11:3]} + {12'd0, c_fbytes_i[2:0] != 3'd0};

  always_ff @(posedge clk_i) begin : checks
    if (rst_ni && fault_i == 6'd0) begin
      // What the decoder says of x_op_q, looked up by F.
      assert (!x_valid_q || x_dec_q == algorand_pkg::decode(x_op_q));
      // A read port belongs to X when X reads.
      assert (x_const_sel_o || !x_const_re_o);
      assert (x_frame_sel_o || !x_frame_re_o);
      assert (x_stack_sel_o || !x_stack_re_o);
      // An instruction enters only an empty or emptied X.
      assert (!d_issue_i || !x_valid_q || done);
      // Redirects, throws and finishes are the last act, except the redirect of an invocation.
      assert (!(throws || finish || redirect) || done || cls == algorand_pkg::CLASS_INVOKE);
      assert (!(throws && finish));
      // Units run only under their instruction.
      assert (!m_busy || (x_valid_q && cls == algorand_pkg::CLASS_MUL));
      assert (!v_busy || (x_valid_q && cls == algorand_pkg::CLASS_DIV));
      // Isolation of frames: stores inside the method's frame, arguments in the 256 words above it.
      assert (!(x_frame_we_o && cls != algorand_pkg::CLASS_ARG)
          || (x_word_q >= c_fbase_i && {1'b0, x_word_q} < frame_end));
      assert (!(x_frame_we_o && cls == algorand_pkg::CLASS_ARG)
          || ({1'b0, x_word_q} >= frame_end && {1'b0, x_word_q} < frame_end + 13'd256));
      assert (!x_frame_re_o || (x_frame_ra_o >= c_fbase_i && {1'b0, x_frame_ra_o} < frame_end));
      // Isolation of stacks: reads and writes stay in the method's own cells; but an invocation's second write is the
      // invoker's top cell, directly below the new base, and a return reads the second of the invoker's cells.
      assert (!s_stack_we_o || (cls == algorand_pkg::CLASS_INVOKE && !step0 ? s_stack_wa_o == c_sbase_i - 12'd1
          : s_stack_wa_o >= c_sbase_i && {1'b0, s_stack_wa_o} < {1'b0, c_sbase_i} + 13'd128));
      assert (!x_stack_re_o || (x_leave_o ? x_stack_ra_o == c_sbase_i - 12'd2 && c_sbase_i >= 12'd2
          : x_stack_ra_o >= c_sbase_i && {1'b0, x_stack_ra_o} < {1'b0, c_sbase_i} + 13'd128));
      // A native runs under its instruction only; the host sends as many cells as the table says.
      assert (!(n_push_i || n_asked_i) || (go && cls == algorand_pkg::CLASS_INVOKE_NATIVE));
      assert (!n_push_i || n_last_i == (n_word_i + 8'd1 == {5'd0, algorand_pkg::native_results(imm)}));
      // D charged, counted and read for a method that exists.
      assert (!x_valid_q || c_depth_i != 10'd0);
      // A jump that reaches X was followed by F.
      assert (!(go && cls == algorand_pkg::CLASS_JUMP) || x_pred_q);
      // Only a catch is issued while unwind looks.
      assert (!(x_valid_q && x_taken_q) || cls == algorand_pkg::CLASS_CATCH);
    end
  end
`endif

endmodule

`default_nettype wire
