// The Algorand core: F, D, X, calls, unwind, loader, and the six RAMs. docs/algorand/core.md is the contract.
//
// This file holds no state but fault_q. It selects the RAM ports and joins what several parts may do to the
// same register: kill of D and F, depth and pending arguments of the method, the write of the branch target
// buffer. Two sources never meet in one cycle (the assertions in the parts say why), so every selection is
// an or or a mux without a stall.
//
// Host port: requests on host_req_*, valid and ready; responses on host_rsp_*, bursts of beats with the
// request's tag (loader.sv). fault_i chooses a planted fault for tests, 0 is none; it is taken into a
// register first, so that no input reaches the pipeline's logic directly (which would cost a simulator a
// second evaluation of everything in each cycle).
`default_nettype none

module algorand_core (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic [5:0]                          fault_i,
  output logic                                host_req_valid_o,
  input  logic                                host_req_ready_i,
  output logic [3:0]                          host_req_kind_o,
  output logic [3:0]                          host_req_tag_o,
  output logic [63:0]                         host_req_a_o,
  output logic [63:0]                         host_req_b_o,
  input  logic                                host_rsp_valid_i,
  output logic                                host_rsp_ready_o,
  input  logic [3:0]                          host_rsp_tag_i,
  input  logic                                host_rsp_last_i,
  input  logic [63:0]                         host_rsp_data_i,
  output logic [algorand_pkg::PROBE_BITS-1:0] probe_o
);

  // From fetch.
  logic         code_re;
  logic [12:0]  code_raddr;
  logic         f_fire;
  logic [7:0]   f_op;
  logic [19:0]  f_dec;
  logic [63:0]  f_imm;
  logic         f_fault;
  logic         f_hit;
  logic         k_valid_q;
  logic [16:0]  k_pc_q;
  logic         f_run_q;
  logic [16:0]  f_pc_q;
  logic         f_v0_q;
  logic [63:0]  f_w0_q;
  logic         f_v1_q;
  logic [63:0]  f_w1_q;
  logic         f_rv_q;
  logic         f_rz_q;
  logic [13:0]  f_ra_q;
  logic [15:0]  b_valid_q;
  logic         b_wv_q;
  logic [3:0]   b_wa_q;
  logic [27:0]  b_wd_q;

  // From decode.
  logic         d_accept;
  logic         d_redirect;
  logic [16:0]  d_target;
  logic         d_b_we;
  logic         d_issue;
  logic [19:0]  d_dec;
  logic [4:0]   d_exc;
  logic         d_word_set;
  logic         d_off_set;
  logic [11:0]  d_word;
  logic [2:0]   d_off;
  logic         d_init;
  logic         d_frame_re;
  logic         d_const_re;
  logic [12:0]  d_const_ra;
  logic         d_stack_re;
  logic [11:0]  d_stack_ra;
  logic         d_call_re;
  logic         d_valid_q;
  logic [16:0]  d_pc_q;
  logic [7:0]   d_op_q;
  logic [63:0]  d_imm_q;
  logic         d_fault_q;
  logic         d_redir_q;
  logic [63:0]  d_fuel_q;
  logic [11:0]  d_pend_q;
  logic [7:0]   s_cnt_q;

  // From execute.
  logic         frame_hit;
  logic         x_ready;
  logic         x_last;
  logic         x_block;
  logic         x_calls;
  logic         x_kill;
  logic         x_const_sel;
  logic         x_frame_sel;
  logic         x_stack_sel;
  logic         x_keep;
  logic         x_redirect;
  logic [16:0]  x_target;
  logic         x_b_we;
  logic         x_invoke;
  logic         x_leave;
  logic         x_throw;
  logic         x_nonext;
  logic [63:0]  x_thrown;
  logic         x_finish;
  logic [4:0]   x_kind;
  logic [63:0]  x_value;
  logic         x_s_set;
  logic [7:0]   x_s_new;
  logic         x_p_clear;
  logic         x_retire;
  logic [4:0]   x_code;
  logic [1:0]   x_push;
  logic         x_const_re;
  logic [12:0]  x_const_ra;
  logic         x_frame_re;
  logic [11:0]  x_frame_ra;
  logic         x_frame_we;
  logic [63:0]  x_frame_wd;
  logic [31:0]  x_tag_wd;
  logic         x_stack_re;
  logic [11:0]  x_stack_ra;
  logic         x_stack_we;
  logic [11:0]  x_stack_wa;
  logic [63:0]  x_stack_wd;
  logic         m_busy_q;
  logic [2:0]   m_cnt_q;
  logic [81:0]  m_row_q;
  logic [65:0]  m_hi_q;
  logic [63:0]  m_lo_q;
  logic         v_busy_q;
  logic [5:0]   v_cnt_q;
  logic [63:0]  v_rem_q;
  logic [63:0]  v_quo_q;
  logic [63:0]  v_dv_q;
  logic [65:0]  v_dv3_q;
  logic         x_valid_q;
  logic [16:0]  x_pc_q;
  logic [7:0]   x_op_q;
  logic [19:0]  x_dec_q;
  logic [63:0]  x_imm_q;
  logic [4:0]   x_exc_q;
  logic [7:0]   x_cnt_q;
  logic         x_pred_q;
  logic         x_taken_q;
  logic         x_step_q;
  logic [11:0]  x_word_q;
  logic [2:0]   x_off_q;
  logic         x_init_q;
  logic [63:0]  s_tos_q;
  logic [63:0]  s_nos_q;

  // From calls.
  logic         c_badargs;
  logic         c_capacity;
  logic         c_enter;
  logic [11:0]  c_fnext;
  logic [12:0]  c_top;
  logic [8:0]   call_raddr;
  logic         call_we;
  logic [8:0]   call_waddr;
  logic [101:0] call_wdata;
  logic [16:0]  c_ret_q;
  logic [11:0]  c_fbase_q;
  logic [11:0]  c_fbytes_q;
  logic [8:0]   c_argw_q;
  logic [31:0]  c_id_q;
  logic [31:0]  c_next_q;
  logic [11:0]  c_sbase_q;
  logic [9:0]   c_depth_q;

  // From unwind.
  logic         u_none;
  logic         u_look;
  logic         u_kill;
  logic         u_restore;
  logic         u_call_re;
  logic [1:0]   u_state_q;
  logic [63:0]  u_code_q;
  logic         o_valid_q;
  logic [4:0]   o_kind_q;
  logic [63:0]  o_value_q;

  // From loader.
  logic         l_const_re;
  logic [12:0]  l_const_ra;
  logic         l_init;
  logic         l_start;
  logic [16:0]  l_target;
  logic         l_finish;
  logic         l_enter;
  logic         l_run;
  logic [4:0]   l_kind;
  logic [63:0]  l_value;
  logic         l_fuel_set;
  logic [63:0]  l_fuel_new;
  logic         l_taken;
  logic         l_sweep;
  logic         l_wv;
  logic [2:0]   l_state_q;
  logic [13:0]  l_addr_q;
  logic [63:0]  l_app_q;
  logic [16:0]  l_codelen_q;
  logic [16:0]  l_constlen_q;
  logic [15:0]  l_methods_q;
  logic [16:0]  l_method_q;
  logic [11:0]  l_args_q;
  logic [9:0]   l_depthmax_q;
  logic [31:0]  l_invmax_q;
  logic [12:0]  l_high_q;
  logic [1:0]   l_we_q;
  logic [12:0]  l_wa_q;
  logic [63:0]  l_wd_q;
  logic         h_req_valid_q;
  logic [3:0]   h_req_kind_q;
  logic [3:0]   h_req_tag_q;
  logic [63:0]  h_req_a_q;
  logic [63:0]  h_req_b_q;
  logic         h_rsp_ready_q;

  // From retire.
  logic         r_valid_q;
  logic [16:0]  r_pc_q;
  logic [7:0]   r_op_q;
  logic [4:0]   r_code_q;
  logic [1:0]   r_push_q;
  logic [63:0]  r_fuel_q;

  // RAM ports, outputs and captures.
  logic         code_rv_q;
  logic [63:0]  code_rd;
  logic         code_we;
  logic [12:0]  code_waddr;
  logic [63:0]  code_wdata;
  logic         code_wv_q;
  logic [12:0]  code_wa_q;
  logic [63:0]  code_wd_q;
  logic         const_re;
  logic [12:0]  const_raddr;
  logic         const_rv_q;
  logic [63:0]  const_rd;
  logic         const_we;
  logic [12:0]  const_waddr;
  logic [63:0]  const_wdata;
  logic         const_wv_q;
  logic [12:0]  const_wa_q;
  logic [63:0]  const_wd_q;
  logic         stack_en;
  logic         stack_re;
  logic [11:0]  stack_raddr;
  logic         stack_rv_q;
  logic [63:0]  stack_rd;
  logic         stack_we;
  logic [11:0]  stack_waddr;
  logic [63:0]  stack_wdata;
  logic         stack_wv_q;
  logic [11:0]  stack_wa_q;
  logic [63:0]  stack_wd_q;
  logic         frame_re;
  logic [11:0]  frame_raddr;
  logic         frame_rv_q;
  logic [63:0]  frame_rd;
  logic         frame_we;
  logic [11:0]  frame_waddr;
  logic [63:0]  frame_wdata;
  logic         frame_wv_q;
  logic [11:0]  frame_wa_q;
  logic [63:0]  frame_wd_q;
  logic         tag_re;
  logic [11:0]  tag_raddr;
  logic         tag_rv_q;
  logic [31:0]  tag_rd;
  logic         tag_we;
  logic [11:0]  tag_waddr;
  logic [31:0]  tag_wdata;
  logic         tag_wv_q;
  logic [11:0]  tag_wa_q;
  logic [31:0]  tag_wd_q;
  logic         call_re;
  logic         call_rv_q;
  logic [101:0] call_rd;
  logic         call_wv_q;
  logic [8:0]   call_wa_q;
  logic [101:0] call_wd_q;

  // Joined controls.
  logic [5:0]   fault_q;
  logic         kill;
  logic         stop;
  logic         b_we;
  logic [3:0]   b_waddr;
  logic [27:0]  b_wdata;
  logic         s_cnt_set;
  logic [7:0]   s_cnt_new;
  logic         d_pend_clear;
  logic         d_pred;
  logic [7:0]   call_cnt;
  logic [15:0]  entry_offset;
  logic [15:0]  entry_frame;
  logic [15:0]  entry_args;
  logic         entry_public;

  always_ff @(posedge clk_i) begin : planted_fault
    fault_q <= fault_i;
  end

  assign kill = x_kill || u_kill;
  assign stop = o_valid_q;

  // Jumps and backward branches enter the target buffer from D, invocations from X.
  assign b_we    = d_b_we || x_b_we;
  assign b_waddr = x_b_we ? x_pc_q[3:0] : d_pc_q[3:0];
  assign b_wdata = x_b_we ? {x_pc_q[15:4], x_target[15:0]} : {d_pc_q[15:4], d_target[15:0]};
  assign d_pred  = d_redir_q || d_redirect;

  // Method table entry on the constant RAM's output; its last byte is 0 by the rules.
  assign entry_offset  = const_rd[15:0];
  assign entry_frame   = const_rd[31:16];
  assign entry_args    = const_rd[47:32];
  assign entry_public  = const_rd[48];

  // Depth and pending arguments: X, a method restored by unwind, or the first method.
  assign call_cnt     = call_rd[101:94];
  assign s_cnt_set    = x_s_set || u_restore || l_start;
  assign s_cnt_new    = u_restore ? call_cnt : x_s_new; // 0 at l_start
  assign d_pend_clear = x_p_clear || u_restore || l_start;

  // Read ports: D reads at an issue, X in step 0 of two-step instructions, the loader before the call runs. Who
  // has the port is known from registers; whether it reads is known late and only marks the data as valid.
  // The RAMs are enabled always; the stack RAM when D may issue or X has it, because multiplication and division
  // use at their end what was read before they began.
  assign const_re    = d_const_re || x_const_re || l_const_re;
  assign const_raddr = l_const_re ? l_const_ra : x_const_sel ? x_const_ra : d_const_ra;
  assign stack_re    = d_stack_re || x_stack_re;
  assign stack_en    = x_ready || x_stack_sel;
  assign stack_raddr = x_stack_sel ? x_stack_ra : d_stack_ra;
  assign frame_re    = d_frame_re || x_frame_re;
  assign frame_raddr = x_frame_sel ? x_frame_ra : d_word;
  assign tag_re      = frame_re;
  assign tag_raddr   = frame_raddr;
  assign call_re     = d_call_re || u_call_re;

  // Write ports: X, or the loader's write stage. The sweep writes tags only.
  assign code_we     = l_we_q == 2'd1;
  assign code_waddr  = l_wa_q;
  assign code_wdata  = l_wd_q;
  assign const_we    = l_we_q == 2'd2;
  assign const_waddr = l_wa_q;
  assign const_wdata = l_wd_q;
  assign stack_we    = x_stack_we;
  assign stack_waddr = x_stack_wa;
  assign stack_wdata = x_stack_wd;
  assign frame_we    = x_frame_we || l_we_q == 2'd3;
  assign frame_waddr = x_frame_we ? x_word_q : l_wa_q[11:0];
  assign frame_wdata = x_frame_we ? x_frame_wd : l_wd_q;
  assign tag_we      = frame_we || l_sweep;
  assign tag_waddr   = l_sweep ? l_addr_q[11:0] : frame_waddr;
  assign tag_wdata   = x_frame_we ? x_tag_wd : 32'd0;

  assign host_req_valid_o = h_req_valid_q;
  assign host_req_kind_o  = h_req_kind_q;
  assign host_req_tag_o   = h_req_tag_q;
  assign host_req_a_o     = h_req_a_q;
  assign host_req_b_o     = h_req_b_q;
  assign host_rsp_ready_o = h_rsp_ready_q;

  ram_1r1w #(.WIDTH(64), .ABITS(13), .FORWARD(1'b0)) u_code (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (1'b1),
    .re_i      (code_re),
    .raddr_i   (code_raddr),
    .rv_o      (code_rv_q),
    .rd_o      (code_rd),
    .we_i      (code_we),
    .waddr_i   (code_waddr),
    .wdata_i   (code_wdata),
    .wv_o      (code_wv_q),
    .wa_o      (code_wa_q),
    .wd_o      (code_wd_q)
  );

  ram_1r1w #(.WIDTH(64), .ABITS(13)) u_const (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (1'b1),
    .re_i      (const_re),
    .raddr_i   (const_raddr),
    .rv_o      (const_rv_q),
    .rd_o      (const_rd),
    .we_i      (const_we),
    .waddr_i   (const_waddr),
    .wdata_i   (const_wdata),
    .wv_o      (const_wv_q),
    .wa_o      (const_wa_q),
    .wd_o      (const_wd_q)
  );

  ram_1r1w #(.WIDTH(64), .ABITS(12)) u_stack (
    .clk_i     (clk_i),
    .forward_i (fault_q != algorand_pkg::FAULT_STALE_FORWARD), // fault stale_forward
    .en_i      (stack_en),
    .re_i      (stack_re),
    .raddr_i   (stack_raddr),
    .rv_o      (stack_rv_q),
    .rd_o      (stack_rd),
    .we_i      (stack_we),
    .waddr_i   (stack_waddr),
    .wdata_i   (stack_wdata),
    .wv_o      (stack_wv_q),
    .wa_o      (stack_wa_q),
    .wd_o      (stack_wd_q)
  );

  ram_1r1w #(.WIDTH(64), .ABITS(12)) u_frame (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (1'b1),
    .re_i      (frame_re),
    .raddr_i   (frame_raddr),
    .rv_o      (frame_rv_q),
    .rd_o      (frame_rd),
    .we_i      (frame_we),
    .waddr_i   (frame_waddr),
    .wdata_i   (frame_wdata),
    .wv_o      (frame_wv_q),
    .wa_o      (frame_wa_q),
    .wd_o      (frame_wd_q)
  );

  ram_1r1w #(.WIDTH(32), .ABITS(12)) u_tag (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (1'b1),
    .re_i      (tag_re),
    .raddr_i   (tag_raddr),
    .rv_o      (tag_rv_q),
    .rd_o      (tag_rd),
    .we_i      (tag_we),
    .waddr_i   (tag_waddr),
    .wdata_i   (tag_wdata),
    .wv_o      (tag_wv_q),
    .wa_o      (tag_wa_q),
    .wd_o      (tag_wd_q)
  );

  ram_1r1w #(.WIDTH(102), .ABITS(9)) u_call (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (1'b1),
    .re_i      (call_re),
    .raddr_i   (call_raddr),
    .rv_o      (call_rv_q),
    .rd_o      (call_rd),
    .we_i      (call_we),
    .waddr_i   (call_waddr),
    .wdata_i   (call_wdata),
    .wv_o      (call_wv_q),
    .wa_o      (call_wa_q),
    .wd_o      (call_wd_q)
  );

  fetch u_fetch (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .code_re_o    (code_re),
    .code_raddr_o (code_raddr),
    .code_rd_i    (code_rd),
    .l_codelen_i  (l_codelen_q),
    .x_redirect_i (x_redirect),
    .x_target_i   (x_target),
    .u_redirect_i (u_restore),
    .u_target_i   (c_ret_q),
    .l_start_i    (l_start),
    .l_target_i   (l_target),
    .d_redirect_i (d_redirect),
    .d_target_i   (d_target),
    .stop_i       (stop),
    .b_we_i       (b_we),
    .b_waddr_i    (b_waddr),
    .b_wdata_i    (b_wdata),
    .d_accept_i   (d_accept),
    .f_fire_o     (f_fire),
    .f_op_o       (f_op),
    .f_dec_o      (f_dec),
    .f_imm_o      (f_imm),
    .f_fault_o    (f_fault),
    .f_hit_o      (f_hit),
    .k_valid_o    (k_valid_q),
    .k_pc_o       (k_pc_q),
    .f_run_o      (f_run_q),
    .f_pc_o       (f_pc_q),
    .f_v0_o       (f_v0_q),
    .f_w0_o       (f_w0_q),
    .f_v1_o       (f_v1_q),
    .f_w1_o       (f_w1_q),
    .f_rv_o       (f_rv_q),
    .f_rz_o       (f_rz_q),
    .f_ra_o       (f_ra_q),
    .b_valid_o    (b_valid_q),
    .b_wv_o       (b_wv_q),
    .b_wa_o       (b_wa_q),
    .b_wd_o       (b_wd_q)
  );

  decode u_decode (
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .fault_i        (fault_q),
    .f_fire_i       (f_fire),
    .f_pc_i         (f_pc_q),
    .f_op_i         (f_op),
    .f_dec_i        (f_dec),
    .f_imm_i        (f_imm),
    .f_fault_i      (f_fault),
    .f_hit_i        (f_hit),
    .d_accept_o     (d_accept),
    .kill_i         (kill),
    .block_i        (x_block),
    .keep_i         (x_keep),
    .x_ready_i      (x_ready),
    .x_last_i       (x_last),
    .x_calls_i      (x_calls),
    .u_none_i       (u_none),
    .u_look_i       (u_look),
    .s_cnt_set_i    (s_cnt_set),
    .s_cnt_new_i    (s_cnt_new),
    .d_pend_clear_i (d_pend_clear),
    .l_fuel_set_i   (l_fuel_set),
    .l_fuel_new_i   (l_fuel_new),
    .l_charge_i     (l_init),
    .c_fbase_i      (c_fbase_q),
    .c_fnext_i      (c_fnext),
    .c_fbytes_i     (c_fbytes_q),
    .c_sbase_i      (c_sbase_q),
    .c_argw_i       (c_argw_q),
    .c_depth_i      (c_depth_q),
    .c_ret_i        (c_ret_q),
    .l_codelen_i    (l_codelen_q),
    .l_constlen_i   (l_constlen_q),
    .l_methods_i    (l_methods_q),
    .d_redirect_o   (d_redirect),
    .d_target_o     (d_target),
    .d_b_we_o       (d_b_we),
    .d_issue_o      (d_issue),
    .d_dec_o        (d_dec),
    .d_exc_o        (d_exc),
    .d_word_set_o   (d_word_set),
    .d_off_set_o    (d_off_set),
    .d_word_o       (d_word),
    .d_off_o        (d_off),
    .d_init_o       (d_init),
    .d_frame_re_o   (d_frame_re),
    .d_const_re_o   (d_const_re),
    .d_const_ra_o   (d_const_ra),
    .d_stack_re_o   (d_stack_re),
    .d_stack_ra_o   (d_stack_ra),
    .d_call_re_o    (d_call_re),
    .d_valid_o      (d_valid_q),
    .d_pc_o         (d_pc_q),
    .d_op_o         (d_op_q),
    .d_imm_o        (d_imm_q),
    .d_fault_o      (d_fault_q),
    .d_redir_o      (d_redir_q),
    .d_fuel_o       (d_fuel_q),
    .d_pend_o       (d_pend_q),
    .s_cnt_o        (s_cnt_q)
  );

  execute u_execute (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .fault_i      (fault_q),
    .d_issue_i    (d_issue),
    .d_pc_i       (d_pc_q),
    .d_op_i       (d_op_q),
    .d_dec_i      (d_dec),
    .d_imm_i      (d_imm_q),
    .d_exc_i      (d_exc),
    .d_pred_i     (d_pred),
    .d_word_set_i (d_word_set),
    .d_off_set_i  (d_off_set),
    .d_word_i     (d_word),
    .d_off_i      (d_off),
    .d_init_i     (d_init),
    .s_cnt_i      (s_cnt_q),
    .u_look_i     (u_look),
    .u_code_i     (u_code_q),
    .c_badargs_i  (c_badargs),
    .c_capacity_i (c_capacity),
    .c_fbase_i    (c_fbase_q),
    .c_fbytes_i   (c_fbytes_q),
    .c_argw_i     (c_argw_q),
    .c_id_i       (c_id_q),
    .c_sbase_i    (c_sbase_q),
    .c_depth_i    (c_depth_q),
    .l_app_i      (l_app_q),
    .l_codelen_i  (l_codelen_q),
    .l_constlen_i (l_constlen_q),
    .l_start_i    (l_start),
    .const_rd_i   (const_rd),
    .const_rv_i   (const_rv_q),
    .stack_rd_i   (stack_rd),
    .frame_rd_i   (frame_rd),
    .tag_rd_i     (tag_rd),
    .frame_rv_i   (frame_rv_q),
    .call_cnt_i   (call_cnt),
    .frame_hit_o  (frame_hit),
    .x_ready_o    (x_ready),
    .x_last_o     (x_last),
    .x_block_o    (x_block),
    .x_calls_o    (x_calls),
    .x_kill_o     (x_kill),
    .x_keep_o     (x_keep),
    .x_redirect_o (x_redirect),
    .x_target_o   (x_target),
    .x_b_we_o     (x_b_we),
    .x_invoke_o   (x_invoke),
    .x_leave_o    (x_leave),
    .x_throw_o    (x_throw),
    .x_nonext_o   (x_nonext),
    .x_thrown_o   (x_thrown),
    .x_finish_o   (x_finish),
    .x_kind_o     (x_kind),
    .x_value_o    (x_value),
    .x_s_set_o    (x_s_set),
    .x_s_new_o    (x_s_new),
    .x_p_clear_o  (x_p_clear),
    .x_retire_o   (x_retire),
    .x_code_o     (x_code),
    .x_push_o     (x_push),
    .x_const_sel_o (x_const_sel),
    .x_frame_sel_o (x_frame_sel),
    .x_stack_sel_o (x_stack_sel),
    .x_const_re_o (x_const_re),
    .x_const_ra_o (x_const_ra),
    .x_frame_re_o (x_frame_re),
    .x_frame_ra_o (x_frame_ra),
    .x_frame_we_o (x_frame_we),
    .x_frame_wd_o (x_frame_wd),
    .x_tag_wd_o   (x_tag_wd),
    .x_stack_re_o (x_stack_re),
    .x_stack_ra_o (x_stack_ra),
    .x_stack_we_o (x_stack_we),
    .x_stack_wa_o (x_stack_wa),
    .x_stack_wd_o (x_stack_wd),
    .m_busy_o     (m_busy_q),
    .m_cnt_o      (m_cnt_q),
    .m_row_o      (m_row_q),
    .m_hi_o       (m_hi_q),
    .m_lo_o       (m_lo_q),
    .v_busy_o     (v_busy_q),
    .v_cnt_o      (v_cnt_q),
    .v_rem_o      (v_rem_q),
    .v_quo_o      (v_quo_q),
    .v_dv_o       (v_dv_q),
    .v_dv3_o      (v_dv3_q),
    .x_valid_o    (x_valid_q),
    .x_pc_o       (x_pc_q),
    .x_op_o       (x_op_q),
    .x_dec_o      (x_dec_q),
    .x_imm_o      (x_imm_q),
    .x_exc_o      (x_exc_q),
    .x_cnt_o      (x_cnt_q),
    .x_pred_o     (x_pred_q),
    .x_taken_o    (x_taken_q),
    .x_step_o     (x_step_q),
    .x_word_o     (x_word_q),
    .x_off_o      (x_off_q),
    .x_init_o     (x_init_q),
    .s_tos_o      (s_tos_q),
    .s_nos_o      (s_nos_q)
  );

  calls u_calls (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .fault_i       (fault_q),
    .x_invoke_i    (x_invoke),
    .x_pc_i        (x_pc_q),
    .x_cnt_i       (x_cnt_q),
    .x_leave_i     (x_leave),
    .u_restore_i   (u_restore),
    .l_init_i      (l_init),
    .l_start_i     (l_start),
    .l_args_i      (l_args_q),
    .l_depthmax_i  (l_depthmax_q),
    .l_invmax_i    (l_invmax_q),
    .d_pend_i      (d_pend_q),
    .entry_frame_i (entry_frame),
    .entry_args_i  (entry_args),
    .call_rd_i     (call_rd[93:0]),
    .c_badargs_o   (c_badargs),
    .c_capacity_o  (c_capacity),
    .c_enter_o     (c_enter),
    .c_fnext_o     (c_fnext),
    .c_top_o       (c_top),
    .call_raddr_o  (call_raddr),
    .call_we_o     (call_we),
    .call_waddr_o  (call_waddr),
    .call_wdata_o  (call_wdata),
    .c_ret_o       (c_ret_q),
    .c_fbase_o     (c_fbase_q),
    .c_fbytes_o    (c_fbytes_q),
    .c_argw_o      (c_argw_q),
    .c_id_o        (c_id_q),
    .c_next_o      (c_next_q),
    .c_sbase_o     (c_sbase_q),
    .c_depth_o     (c_depth_q)
  );

  unwind u_unwind (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .x_throw_i   (x_throw),
    .x_nonext_i  (x_nonext),
    .x_thrown_i  (x_thrown),
    .x_finish_i  (x_finish),
    .x_kind_i    (x_kind),
    .x_value_i   (x_value),
    .d_valid_i   (d_valid_q),
    .d_fault_i   (d_fault_q),
    .d_op_i      (d_op_q),
    .l_finish_i  (l_finish),
    .l_enter_i   (l_enter),
    .l_run_i     (l_run),
    .l_kind_i    (l_kind),
    .l_value_i   (l_value),
    .l_taken_i   (l_taken),
    .c_depth_i   (c_depth_q),
    .u_none_o    (u_none),
    .u_look_o    (u_look),
    .u_kill_o    (u_kill),
    .u_restore_o (u_restore),
    .u_call_re_o (u_call_re),
    .u_state_o   (u_state_q),
    .u_code_o    (u_code_q),
    .o_valid_o   (o_valid_q),
    .o_kind_o    (o_kind_q),
    .o_value_o   (o_value_q)
  );

  loader u_loader (
    .clk_i            (clk_i),
    .rst_ni           (rst_ni),
    .fault_i          (fault_q),
    .host_req_ready_i (host_req_ready_i),
    .host_rsp_valid_i (host_rsp_valid_i),
    .host_rsp_tag_i   (host_rsp_tag_i),
    .host_rsp_last_i  (host_rsp_last_i),
    .host_rsp_data_i  (host_rsp_data_i),
    .entry_offset_i   (entry_offset),
    .entry_frame_i    (entry_frame),
    .entry_args_i     (entry_args),
    .entry_public_i   (entry_public),
    .d_fuel_i         (d_fuel_q),
    .l_const_re_o     (l_const_re),
    .l_const_ra_o     (l_const_ra),
    .l_init_o         (l_init),
    .l_start_o        (l_start),
    .l_target_o       (l_target),
    .l_enter_o      (l_enter),
    .l_run_o        (l_run),
    .l_finish_o       (l_finish),
    .l_kind_o         (l_kind),
    .l_value_o        (l_value),
    .l_fuel_set_o     (l_fuel_set),
    .l_fuel_new_o     (l_fuel_new),
    .o_valid_i        (o_valid_q),
    .o_kind_i         (o_kind_q),
    .o_value_i        (o_value_q),
    .c_next_i         (c_next_q),
    .l_taken_o        (l_taken),
    .c_enter_i        (c_enter),
    .c_top_i          (c_top),
    .l_sweep_o        (l_sweep),
    .l_wv_o           (l_wv),
    .l_state_o        (l_state_q),
    .l_addr_o         (l_addr_q),
    .l_app_o          (l_app_q),
    .l_codelen_o      (l_codelen_q),
    .l_constlen_o     (l_constlen_q),
    .l_methods_o      (l_methods_q),
    .l_method_o       (l_method_q),
    .l_args_o         (l_args_q),
    .l_depthmax_o     (l_depthmax_q),
    .l_invmax_o       (l_invmax_q),
    .l_high_o         (l_high_q),
    .l_we_o           (l_we_q),
    .l_wa_o           (l_wa_q),
    .l_wd_o           (l_wd_q),
    .h_req_valid_o    (h_req_valid_q),
    .h_req_kind_o     (h_req_kind_q),
    .h_req_tag_o      (h_req_tag_q),
    .h_req_a_o        (h_req_a_q),
    .h_req_b_o        (h_req_b_q),
    .h_rsp_ready_o    (h_rsp_ready_q)
  );

  retire u_retire (
    .clk_i      (clk_i),
    .rst_ni     (rst_ni),
    .x_retire_i (x_retire),
    .x_pc_i     (x_pc_q),
    .x_op_i     (x_op_q),
    .x_code_i   (x_code),
    .x_push_i   (x_push),
    .d_fuel_i   (d_fuel_q),
    .r_valid_o  (r_valid_q),
    .r_pc_o     (r_pc_q),
    .r_op_o     (r_op_q),
    .r_code_o   (r_code_q),
    .r_push_o   (r_push_q),
    .r_fuel_o   (r_fuel_q)
  );

  // Fields wider than 64 bits are two probe fields.
  probe u_probe (
    .r_fuel_q_i      (r_fuel_q),
    .r_pc_q_i        (r_pc_q),
    .r_op_q_i        (r_op_q),
    .r_code_q_i      (r_code_q),
    .r_push_q_i      (r_push_q),
    .r_valid_q_i     (r_valid_q),
    .k_valid_q_i     (k_valid_q),
    .k_pc_q_i        (k_pc_q),
    .f_run_q_i       (f_run_q),
    .f_v0_q_i        (f_v0_q),
    .f_v1_q_i        (f_v1_q),
    .f_rv_q_i        (f_rv_q),
    .f_rz_q_i        (f_rz_q),
    .d_valid_q_i     (d_valid_q),
    .d_fault_q_i     (d_fault_q),
    .d_redir_q_i     (d_redir_q),
    .f_pc_q_i        (f_pc_q),
    .f_w0_q_i        (f_w0_q),
    .f_w1_q_i        (f_w1_q),
    .code_rd_i       (code_rd),
    .d_imm_q_i       (d_imm_q),
    .d_fuel_q_i      (d_fuel_q),
    .d_pc_q_i        (d_pc_q),
    .d_op_q_i        (d_op_q),
    .d_pend_q_i      (d_pend_q),
    .s_cnt_q_i       (s_cnt_q),
    .f_ra_q_i        (f_ra_q),
    .code_rv_q_i     (code_rv_q),
    .const_rv_q_i    (const_rv_q),
    .stack_rv_q_i    (stack_rv_q),
    .frame_rv_q_i    (frame_rv_q),
    .tag_rv_q_i      (tag_rv_q),
    .s_tos_q_i       (s_tos_q),
    .s_nos_q_i       (s_nos_q),
    .x_imm_q_i       (x_imm_q),
    .x_pc_q_i        (x_pc_q),
    .x_op_q_i        (x_op_q),
    .d_dec_q_i       (d_dec),
    .x_dec_q_i       (x_dec_q),
    .x_exc_q_i       (x_exc_q),
    .x_cnt_q_i       (x_cnt_q),
    .x_valid_q_i     (x_valid_q),
    .x_pred_q_i      (x_pred_q),
    .x_taken_q_i     (x_taken_q),
    .x_step_q_i      (x_step_q),
    .x_word_q_i      (x_word_q),
    .x_off_q_i       (x_off_q),
    .x_init_q_i      (x_init_q),
    .frame_hit_i     (frame_hit),
    .m_busy_q_i      (m_busy_q),
    .v_busy_q_i      (v_busy_q),
    .const_rd_i      (const_rd),
    .stack_rd_i      (stack_rd),
    .frame_rd_i      (frame_rd),
    .stack_wd_q_i    (stack_wd_q),
    .frame_wd_q_i    (frame_wd_q),
    .tag_rd_i        (tag_rd),
    .tag_wd_q_i      (tag_wd_q),
    .stack_wv_q_i    (stack_wv_q),
    .frame_wv_q_i    (frame_wv_q),
    .tag_wv_q_i      (tag_wv_q),
    .stack_wa_q_i    (stack_wa_q),
    .frame_wa_q_i    (frame_wa_q),
    .tag_wa_q_i      (tag_wa_q),
    .u_state_q_i     (u_state_q),
    .o_valid_q_i     (o_valid_q),
    .o_kind_q_i      (o_kind_q),
    .b_wv_q_i        (b_wv_q),
    .b_valid_q_i     (b_valid_q),
    .c_id_q_i        (c_id_q),
    .c_next_q_i      (c_next_q),
    .c_ret_q_i       (c_ret_q),
    .c_fbase_q_i     (c_fbase_q),
    .c_fbytes_q_i    (c_fbytes_q),
    .c_sbase_q_i     (c_sbase_q),
    .c_depth_q_i     (c_depth_q),
    .call_rv_q_i     (call_rv_q),
    .c_argw_q_i      (c_argw_q),
    .call_wa_q_i     (call_wa_q),
    .call_wv_q_i     (call_wv_q),
    .b_wa_q_i        (b_wa_q),
    .b_wd_q_i        (b_wd_q),
    .l_methods_q_i   (l_methods_q),
    .call_rdx_i      (call_rd[101:64]),
    .l_constlen_q_i  (l_constlen_q),
    .l_state_q_i     (l_state_q),
    .h_req_kind_q_i  (h_req_kind_q),
    .call_wdx_q_i    (call_wd_q[101:64]),
    .l_codelen_q_i   (l_codelen_q),
    .h_req_tag_q_i   (h_req_tag_q),
    .h_req_valid_q_i (h_req_valid_q),
    .h_rsp_ready_q_i (h_rsp_ready_q),
    .l_we_q_i        (l_we_q),
    .l_wv_i          (l_wv),
    .call_rd_i       (call_rd[63:0]),
    .call_wd_q_i     (call_wd_q[63:0]),
    .u_code_q_i      (u_code_q),
    .o_value_q_i     (o_value_q),
    .l_app_q_i       (l_app_q),
    .h_req_a_q_i     (h_req_a_q),
    .h_req_b_q_i     (h_req_b_q),
    .l_wd_q_i        (l_wd_q),
    .code_wd_q_i     (code_wd_q),
    .const_wd_q_i    (const_wd_q),
    .l_invmax_q_i    (l_invmax_q),
    .l_method_q_i    (l_method_q),
    .l_addr_q_i      (l_addr_q),
    .code_wv_q_i     (code_wv_q),
    .l_depthmax_q_i  (l_depthmax_q),
    .l_high_q_i      (l_high_q),
    .l_wa_q_i        (l_wa_q),
    .code_wa_q_i     (code_wa_q),
    .const_wa_q_i    (const_wa_q),
    .const_wv_q_i    (const_wv_q),
    .l_args_q_i      (l_args_q),
    .m_row_q_i       (m_row_q[63:0]),
    .m_hi_q_i        (m_hi_q[63:0]),
    .m_lo_q_i        (m_lo_q),
    .v_rem_q_i       (v_rem_q),
    .v_quo_q_i       (v_quo_q),
    .v_dv_q_i        (v_dv_q),
    .v_dv3_q_i       (v_dv3_q[63:0]),
    .m_rowx_q_i      (m_row_q[81:64]),
    .m_hix_q_i       (m_hi_q[65:64]),
    .m_cnt_q_i       (m_cnt_q),
    .v_dv3x_q_i      (v_dv3_q[65:64]),
    .v_cnt_q_i       (v_cnt_q),
    .probe_o         (probe_o)
  );

endmodule

`default_nettype wire
