// The Algorand core: F, D, X, A, calls, unwind, segment, pages, native, port, loader, and the RAMs and tables.
// docs/algorand/core.md is the contract.
//
// This file holds no state but fault_q. It selects the RAM ports and joins what several parts may do to the
// same register: kill of D and F, depth and pending arguments of the method, the write of the branch target
// buffer. Two sources never meet in one cycle (the assertions in the parts say why), so every selection is
// an or or a mux without a stall.
//
// Host port: requests on host_req_*, valid and ready; responses on host_rsp_*, bursts of beats with the
// request's tag (port.sv). fault_i chooses a planted fault for tests, 0 is none; it is taken into a
// register first, so that no input reaches the pipeline's logic directly (which would cost a simulator a
// second evaluation of everything in each cycle).
// isolation.sv watches the whole from outside, in simulation only.
`default_nettype none

// A RAM's read-valid stays open where the reader counts for itself.
/* verilator lint_off PINCONNECTEMPTY */

module algorand_core (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic [5:0]                          fault_i,
  output logic                                host_req_valid_o,
  input  logic                                host_req_ready_i,
  output logic [3:0]                          host_req_kind_o,
  output logic [5:0]                          host_req_tag_o,
  output logic [63:0]                         host_req_a_o,
  output logic [63:0]                         host_req_b_o,
  input  logic                                host_rsp_valid_i,
  output logic                                host_rsp_ready_o,
  input  logic [5:0]                          host_rsp_tag_i,
  input  logic                                host_rsp_last_i,
  input  logic [63:0]                         host_rsp_data_i
);

  // From fetch.
  logic               code_re;
  logic [12:0]        code_raddr;
  logic               f_fire;
  logic [7:0]         f_op;
  logic [20:0]        f_dec;
  logic [63:0]        f_imm;
  logic               f_fault;
  logic               f_hit;
  logic [16:0]        f_pc_q;

  // From decode.
  logic               d_accept;
  logic               d_redirect;
  logic [16:0]        d_target;
  logic               d_b_we;
  logic               d_issue;
  logic [20:0]        d_dec_q;
  logic [4:0]         d_exc;
  logic               d_word_set;
  logic               d_init_set;
  logic               d_off_set;
  logic [11:0]        d_word;
  logic [2:0]         d_off;
  logic               d_init;
  logic               d_frame_re;
  logic               d_const_re;
  logic [10:0]        d_const_ra;
  logic               d_stack_re;
  logic [11:0]        d_stack_ra;
  logic               d_call_re;
  logic               d_valid_q;
  logic [16:0]        d_pc_q;
  logic [7:0]         d_op_q;
  logic [63:0]        d_imm_q;
  logic               d_fault_q;
  logic               d_redir_q;
  logic [63:0]        d_fuel_q;
  logic [11:0]        d_pend_q;
  logic [7:0]         s_cnt_q;

  // From execute.
  logic               frame_hit;
  logic               x_ready;
  logic               x_last;
  logic               x_block;
  logic               x_calls;
  logic               x_kill;
  logic               x_keep;
  logic               x_redirect;
  logic [16:0]        x_target;
  logic               x_b_we;
  logic               x_invoke;
  logic               x_external;
  logic               x_open;
  logic               x_leave;
  logic               x_look;
  logic               x_fill;
  logic               x_native;
  logic               x_heap;
  logic               x_pushes;
  logic               x_late;
  logic               x_throw;
  logic               x_nonext;
  logic [63:0]        x_thrown;
  logic               x_finish;
  logic [4:0]         x_kind;
  logic [63:0]        x_value;
  logic               x_s_set;
  logic [7:0]         x_s_new;
  logic               x_p_clear;
  logic               x_retire;
  logic [4:0]         x_code;
  logic [1:0]         x_push;
  logic               x_const_sel;
  logic               x_frame_sel;
  logic               x_stack_sel;
  logic               x_const_re;
  logic [12:0]        x_const_ra;
  logic               x_frame_re;
  logic [11:0]        x_frame_ra;
  logic               x_frame_we;
  logic [63:0]        x_frame_wd;
  logic [31:0]        x_tag_wd;
  logic               x_stack_re;
  logic [11:0]        x_stack_ra;
  logic               s_stack_we;
  logic [11:0]        s_stack_wa;
  logic [63:0]        s_stack_wd;
  logic               x_valid_q;
  logic [16:0]        x_pc_q;
  logic [7:0]         x_op_q;
  /* verilator lint_off UNUSEDSIGNAL */ // only some of its bits have a reader outside
  logic [20:0]        x_dec_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [63:0]        x_imm_q;
  logic [7:0]         x_cnt_q;
  logic [1:0]         x_step_q;
  logic [1:0]         x_slot_q;
  logic [11:0]        x_word_q;
  logic               x_init_q;
  logic [63:0]        s_tos_q;
  logic [63:0]        s_nos_q;

  // From calls.
  logic               c_badargs;
  logic               c_capacity;
  logic               c_enter;
  logic               c_entext;
  logic [11:0]        c_fnext;
  logic [12:0]        c_top;
  logic [8:0]         call_raddr;
  logic               call_we;
  logic [8:0]         call_waddr;
  logic [101:0]       call_wdata;
  logic [81:0]        c_scope_wdata;
  logic [16:0]        c_ret_q;
  logic [11:0]        c_fbase_q;
  logic [11:0]        c_fbytes_q;
  logic [8:0]         c_argw_q;
  logic [31:0]        c_id_q;
  logic [31:0]        c_next_q;
  logic [11:0]        c_sbase_q;
  logic [9:0]         c_depth_q;
  logic               c_ext_q;
  logic               c_nest_q;
  logic [11:0]        c_mark_q;

  // From segment.
  logic               g_req;
  logic [63:0]        g_a;
  logic               g_found;
  logic [1:0]         g_found_slot;
  logic [15:0]        g_entries;
  logic               g_idle;
  logic               g_kill;
  logic               g_redirect;
  logic               code_we;
  logic               const_we;
  logic [12:0]        g_wa;
  logic               seg_we;
  logic [113:0]       seg_wdata;
  logic               g_filled;
  logic [1:0]         g_slot_q;
  logic [63:0]        g_app_q;
  logic [3:0]         g_ai_q;
  logic [14:0]        g_codelen_q;
  logic [14:0]        g_constlen_q;
  logic [15:0]        g_methods_q;
  logic [63:0]        g_caller_q;
  logic [16:0]        g_back_q;
  logic [1:0]         g_into_q;
  logic [1:0]         g_fail_q;

  // From pages.
  logic               h_take;
  logic               p_heap_we;
  logic [11:0]        p_heap_wa;
  logic [31:0]        p_match;
  logic               p_hit;
  logic [4:0]         p_slot;
  logic [7:0]         p_size;
  logic               p_absent;
  logic               p_beyond;
  logic               p_gone;
  logic               p_here;
  logic               size_we;
  logic [4:0]         size_waddr;
  logic [7:0]         size_wdata;
  logic [31:0]        p_ready_q;
  logic [31:0]        p_freed_q;
  logic [31:0]        p_touched_q;
  logic [31:0]        p_dirty_q;
  logic [5:0]         p_left_q;

  // From heap.
  logic               a_goes;
  logic               a_ends;
  logic               a_throws;
  logic               a_finish;
  logic [4:0]         a_cause;
  logic               a_touch;
  logic               a_dirty;
  logic               a_alloc;
  logic               a_free;
  logic               a_entry;
  logic               a_heap_en;
  logic               a_heap_re;
  logic [11:0]        a_heap_ra;
  logic               a_heap_we;
  logic [11:0]        a_heap_wa;
  logic [63:0]        a_heap_wd;
  logic               log_we;
  logic [77:0]        log_wdata;
  logic               a_load;
  logic               a_store;
  logic               a_refill;
  logic [63:0]        a_value;
  /* verilator lint_off UNUSEDSIGNAL */ // only some of its bits have a reader outside
  logic [11:0]        a_addr_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [7:0]         a_left_q;
  logic [7:0]         p_clear_q;

  // From native.
  logic               n_frame_re;
  logic [11:0]        n_frame_ra;
  logic               n_req;
  logic [3:0]         n_kind;
  logic [63:0]        n_a;
  logic [63:0]        n_b;
  logic               n_asked;
  logic               n_push;
  logic               n_last;
  /* verilator lint_off UNUSEDSIGNAL */ // only some of its bits have a reader outside
  logic [8:0]         n_word_q;
  /* verilator lint_on UNUSEDSIGNAL */

  // From unwind.
  logic               log_re;
  logic [10:0]        log_raddr;
  logic               u_heap_we;
  logic               u_size_we;
  logic               u_unfree;
  logic [11:0]        u_addr;
  logic [63:0]        u_data;
  logic               u_undo;
  logic               u_none;
  logic               u_look;
  logic               u_kill;
  logic               u_restore;
  logic               u_redirect;
  logic               u_call_re;
  logic [63:0]        u_code_q;
  logic [11:0]        u_log_q;
  logic [11:0]        u_high_q;
  logic               o_valid_q;
  logic [4:0]         o_kind_q;
  logic [63:0]        o_value_q;

  // From loader.
  logic               l_req;
  logic [3:0]         l_rkind;
  logic               l_page;
  logic [63:0]        l_a;
  logic [63:0]        l_b;
  logic               l_clear;
  logic               l_dir_we;
  logic [4:0]         l_dir_slot;
  logic               l_fill;
  logic               l_switch;
  logic               l_frame_we;
  logic               l_const_re;
  logic [10:0]        l_const_ra;
  logic               l_init;
  logic               l_start;
  logic [16:0]        l_target;
  logic               l_finish;
  logic               l_enter;
  logic               l_run;
  logic [4:0]         l_kind;
  logic [63:0]        l_value;
  logic               l_fuel_set;
  logic [63:0]        l_fuel_new;
  logic               l_taken;
  logic               l_heap_re;
  logic [11:0]        l_heap_ra;
  logic               l_sweep;
  /* verilator lint_off UNUSEDSIGNAL */ // only some of its bits have a reader outside
  logic [13:0]        l_addr_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [63:0]        l_app_q;
  logic [11:0]        l_args_q;
  logic [9:0]         l_depthmax_q;
  logic [31:0]        l_invmax_q;
  logic [11:0]        l_logmax_q;
  logic [3:0]         l_ai_q;

  // From port.
  logic               h_free;
  logic               h_word;
  logic               h_page;
  logic               h_req_valid_q;
  logic [3:0]         h_req_kind_q;
  logic [5:0]         h_req_tag_q;
  logic [63:0]        h_req_a_q;
  logic [63:0]        h_req_b_q;
  logic               h_rsp_ready_q;
  /* verilator lint_off UNUSEDSIGNAL */ // only some of its bits have a reader outside
  logic [5:0]         h_tag_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic               h_last_q;
  logic [63:0]        h_data_q;

  // From retire.

  // RAM and table ports, outputs and captures.
  logic [63:0]        code_rd;
  logic [12:0]        code_waddr;
  logic [63:0]        code_wdata;
  logic               const_re;
  logic [12:0]        const_raddr;
  logic               const_rv_q;
  logic [63:0]        const_rd;
  logic [12:0]        const_waddr;
  logic [63:0]        const_wdata;
  logic               stack_re;
  logic [11:0]        stack_raddr;
  logic               stack_rv_q;
  logic [63:0]        stack_rd;
  logic               stack_we;
  logic [11:0]        stack_waddr;
  logic [63:0]        stack_wdata;
  logic               frame_re;
  logic [11:0]        frame_raddr;
  logic               frame_rv_q;
  logic [63:0]        frame_rd;
  logic               frame_we;
  logic [11:0]        frame_waddr;
  logic [63:0]        frame_wdata;
  logic               tag_re;
  logic [11:0]        tag_raddr;
  logic [31:0]        tag_rd;
  logic               tag_we;
  logic [11:0]        tag_waddr;
  logic [31:0]        tag_wdata;
  logic               call_re;
  logic [101:0]       call_rd;
  logic               scope_re;
  logic [8:0]         scope_raddr;
  logic [81:0]        scope_rd;
  logic               scope_we;
  logic [8:0]         scope_waddr;
  logic [81:0]        scope_wdata;
  logic               heap_re;
  logic [11:0]        heap_raddr;
  logic [63:0]        heap_rd;
  logic               heap_we;
  logic [11:0]        heap_waddr;
  logic [63:0]        heap_wdata;
  logic               log_rv_q;
  logic [77:0]        log_rd;
  logic [10:0]        log_waddr;
  logic [1:0]         seg_waddr;
  logic [3:0]         seg_match;
  logic [455:0]       seg_words;
  logic               dir_we;
  logic [4:0]         dir_waddr;
  logic [67:0]        dir_wdata;
  logic [31:0]        dir_match;
  logic [2175:0]      unused_dir_words;
  logic [31:0]        unused_size_match;
  logic [255:0]       size_words;

  // Joined controls.
  logic [5:0]   fault_q;
  logic         kill;
  logic         stop;
  logic         leave;        // a method is left, to its invoker
  logic         p_all;        // no page is still to come
  logic         x_page_writes;
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
  logic         stack_en;
  logic         frame_en;
  logic         heap_en;

  always_ff @(posedge clk_i) begin : planted_fault
    fault_q <= fault_i;
  end

  assign kill  = x_kill || u_kill || g_kill;
  assign stop  = o_valid_q;
  assign leave = x_leave || u_restore;
  assign p_all = p_left_q == 6'd0;
  assign x_page_writes = x_valid_q && x_dec_q[4:0] == algorand_pkg::CLASS_PAGE && x_step_q != 2'd0;

  // Jumps and backward branches enter the target buffer from D, invocations from X.
  assign b_we    = d_b_we || x_b_we;
  assign b_waddr = x_b_we ? x_pc_q[3:0] : d_pc_q[3:0];
  assign b_wdata = x_b_we ? {g_slot_q, x_pc_q[13:4], x_target[15:0]} : {g_slot_q, d_pc_q[13:4], d_target[15:0]};
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

  // Read ports: D reads at an issue, X in early steps of longer instructions, A behind a store, native its arguments,
  // the loader before and after the call. Who has the port is known from registers; whether it reads is known
  // late and only marks the data as valid. Constants and code are those of the working segment, except the table
  // entry of an external invocation's callee.
  // Most RAMs are enabled always; the stack and frame RAMs when D may issue or another has them, because
  // multiplication, division, a heap access that waits for its page and native use later what was read before.
  assign const_re    = d_const_re || x_const_re || l_const_re;
  assign const_raddr = l_const_re ? {g_slot_q, l_const_ra} : x_const_sel ? x_const_ra : {g_slot_q, d_const_ra};
  assign stack_re    = d_stack_re || x_stack_re;
  assign stack_en    = x_ready || x_stack_sel;
  assign stack_raddr = x_stack_sel ? x_stack_ra : d_stack_ra;
  assign frame_re    = d_frame_re || x_frame_re || n_frame_re;
  assign frame_en    = x_ready || x_frame_sel || n_frame_re;
  assign frame_raddr = n_frame_re ? n_frame_ra : x_frame_sel ? x_frame_ra : d_word;
  assign tag_re      = frame_re;
  assign tag_raddr   = frame_raddr;
  assign call_re     = d_call_re || u_call_re;
  assign scope_re    = call_re;
  assign scope_raddr = call_raddr;
  assign heap_re     = a_heap_re || l_heap_re;
  assign heap_en     = a_heap_en || l_heap_re;
  assign heap_raddr  = l_heap_re ? l_heap_ra : a_heap_ra;

  // Write ports: X and A, a beat from the host (segment, page, first arguments), undo. The sweep writes tags only.
  assign code_waddr  = g_wa;
  assign code_wdata  = h_data_q;
  assign const_waddr = g_wa;
  assign const_wdata = h_data_q;
  assign stack_we    = s_stack_we;
  assign stack_waddr = s_stack_wa;
  assign stack_wdata = s_stack_wd;
  assign frame_we    = x_frame_we || l_frame_we;
  assign frame_waddr = x_frame_we ? x_word_q : l_addr_q[11:0];
  assign frame_wdata = x_frame_we ? x_frame_wd : h_data_q;
  assign tag_we      = frame_we || l_sweep;
  assign tag_waddr   = frame_waddr; // l_addr_q in the sweep
  assign tag_wdata   = x_frame_we ? x_tag_wd : 32'd0;
  assign scope_we    = call_we;
  assign scope_waddr = call_waddr;
  assign scope_wdata = c_scope_wdata;
  assign heap_we     = a_heap_we || p_heap_we || u_heap_we;
  assign heap_waddr  = a_heap_we ? a_heap_wa : u_heap_we ? u_addr : p_heap_wa;
  assign heap_wdata  = a_heap_we ? a_heap_wd : u_heap_we ? u_data : h_data_q;
  assign log_waddr   = u_log_q[10:0] - 11'd1;
  assign seg_waddr   = g_into_q;
  assign dir_we      = l_dir_we;
  assign dir_waddr   = l_dir_slot;
  assign dir_wdata   = {l_ai_q, h_data_q};

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
    .rv_o      (),
    .rd_o      (code_rd),
    .we_i      (code_we),
    .waddr_i   (code_waddr),
    .wdata_i   (code_wdata)
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
    .wdata_i   (const_wdata)
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
    .wdata_i   (stack_wdata)
  );

  ram_1r1w #(.WIDTH(64), .ABITS(12)) u_frame (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (frame_en),
    .re_i      (frame_re),
    .raddr_i   (frame_raddr),
    .rv_o      (frame_rv_q),
    .rd_o      (frame_rd),
    .we_i      (frame_we),
    .waddr_i   (frame_waddr),
    .wdata_i   (frame_wdata)
  );

  ram_1r1w #(.WIDTH(32), .ABITS(12)) u_tag (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (frame_en),
    .re_i      (tag_re),
    .raddr_i   (tag_raddr),
    .rv_o      (),
    .rd_o      (tag_rd),
    .we_i      (tag_we),
    .waddr_i   (tag_waddr),
    .wdata_i   (tag_wdata)
  );

  ram_1r1w #(.WIDTH(102), .ABITS(9)) u_call (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (1'b1),
    .re_i      (call_re),
    .raddr_i   (call_raddr),
    .rv_o      (),
    .rd_o      (call_rd),
    .we_i      (call_we),
    .waddr_i   (call_waddr),
    .wdata_i   (call_wdata)
  );

  ram_1r1w #(.WIDTH(82), .ABITS(9)) u_scope (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (1'b1),
    .re_i      (scope_re),
    .raddr_i   (scope_raddr),
    .rv_o      (),
    .rd_o      (scope_rd),
    .we_i      (scope_we),
    .waddr_i   (scope_waddr),
    .wdata_i   (scope_wdata)
  );

  ram_1r1w #(.WIDTH(64), .ABITS(12), .FORWARD(1'b0)) u_heap (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (heap_en),
    .re_i      (heap_re),
    .raddr_i   (heap_raddr),
    .rv_o      (),
    .rd_o      (heap_rd),
    .we_i      (heap_we),
    .waddr_i   (heap_waddr),
    .wdata_i   (heap_wdata)
  );

  ram_1r1w #(.WIDTH(78), .ABITS(11), .FORWARD(1'b0)) u_log (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (1'b1),
    .re_i      (log_re),
    .raddr_i   (log_raddr),
    .rv_o      (log_rv_q),
    .rd_o      (log_rd),
    .we_i      (log_we),
    .waddr_i   (log_waddr),
    .wdata_i   (log_wdata)
  );

  table_1w #(.WIDTH(114), .ABITS(2), .KEY(64), .LOW(64)) u_seg (
    .clk_i       (clk_i),
    .we_i        (seg_we),
    .waddr_i     (seg_waddr),
    .wdata_i     (seg_wdata),
    .look_i      (x_look),
    .match_low_i (1'b0),
    .key_i       (s_nos_q),
    .match_o     (seg_match),
    .words_o     (seg_words)
  );

  table_1w #(.SHOW(1'b0), .WIDTH(68), .ABITS(5), .KEY(68), .LOW(64)) u_dir (
    .clk_i       (clk_i),
    .we_i        (dir_we),
    .waddr_i     (dir_waddr),
    .wdata_i     (dir_wdata),
    .look_i      (x_heap),
    .match_low_i (fault_q == algorand_pkg::FAULT_SEGMENT_COMPARE), // fault segment_compare
    .key_i       ({g_ai_q, s_tos_q}),
    .match_o     (dir_match),
    .words_o     (unused_dir_words)
  );

  table_1w #(.WIDTH(8), .ABITS(5)) u_size (
    .clk_i       (clk_i),
    .we_i        (size_we),
    .waddr_i     (size_waddr),
    .wdata_i     (size_wdata),
    .look_i      (1'b0),
    .match_low_i (1'b0),
    .key_i       (1'b0),
    .match_o     (unused_size_match),
    .words_o     (size_words)
  );

  fetch u_fetch (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .fault_i      (fault_q),
    .code_re_o    (code_re),
    .code_raddr_o (code_raddr),
    .code_rd_i    (code_rd),
    .g_slot_i     (g_slot_q),
    .g_codelen_i  (g_codelen_q),
    .x_redirect_i (x_redirect),
    .x_target_i   (x_target),
    .u_redirect_i (u_redirect),
    .u_target_i   (c_ret_q),
    .g_redirect_i (g_redirect),
    .g_target_i   (g_back_q),
    .l_start_i    (l_start),
    .l_target_i   (l_target),
    .d_redirect_i (d_redirect),
    .d_target_i   (d_target),
    .stop_i       (stop),
    .b_we_i       (b_we),
    .b_waddr_i    (b_waddr),
    .b_wdata_i    (b_wdata),
    .b_clear_i    (g_filled),
    .d_accept_i   (d_accept),
    .f_fire_o     (f_fire),
    .f_op_o       (f_op),
    .f_dec_o      (f_dec),
    .f_imm_o      (f_imm),
    .f_fault_o    (f_fault),
    .f_hit_o      (f_hit),
    .f_pc_o       (f_pc_q)
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
    .c_ext_i        (c_ext_q),
    .g_codelen_i    (g_codelen_q),
    .g_constlen_i   (g_constlen_q),
    .g_methods_i    (g_methods_q),
    .d_redirect_o   (d_redirect),
    .d_target_o     (d_target),
    .d_b_we_o       (d_b_we),
    .d_issue_o      (d_issue),
    .d_dec_o        (d_dec_q),
    .d_exc_o        (d_exc),
    .d_word_set_o   (d_word_set),
    .d_init_set_o   (d_init_set),
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
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .fault_i        (fault_q),
    .d_issue_i      (d_issue),
    .d_pc_i         (d_pc_q),
    .d_op_i         (d_op_q),
    .d_dec_i        (d_dec_q),
    .d_imm_i        (d_imm_q),
    .d_exc_i        (d_exc),
    .d_pred_i       (d_pred),
    .d_word_set_i   (d_word_set),
    .d_init_set_i   (d_init_set),
    .d_off_set_i    (d_off_set),
    .d_word_i       (d_word),
    .d_off_i        (d_off),
    .d_init_i       (d_init),
    .s_cnt_i        (s_cnt_q),
    .u_look_i       (u_look),
    .u_code_i       (u_code_q),
    .c_badargs_i    (c_badargs),
    .c_capacity_i   (c_capacity),
    .c_fbase_i      (c_fbase_q),
    .c_fbytes_i     (c_fbytes_q),
    .c_argw_i       (c_argw_q),
    .c_id_i         (c_id_q),
    .c_sbase_i      (c_sbase_q),
    .c_depth_i      (c_depth_q),
    .c_ext_i        (c_ext_q),
    .l_start_i      (l_start),
    .g_slot_i       (g_slot_q),
    .g_app_i        (g_app_q),
    .g_caller_i     (g_caller_q),
    .g_codelen_i    (g_codelen_q),
    .g_constlen_i   (g_constlen_q),
    .g_found_i      (g_found),
    .g_found_slot_i (g_found_slot),
    .g_entries_i    (g_entries),
    .g_idle_i       (g_idle),
    .g_fail_i       (g_fail_q),
    .n_push_i       (n_push),
    .n_last_i       (n_last),
    .n_asked_i      (n_asked),
    .n_word_i       (n_word_q[7:0]),
    .h_data_i       (h_data_q),
    .p_all_i        (p_all),
    .p_hit_i        (p_hit),
    .p_here_i       (p_here),
    .p_size_i       (p_size),
    .p_clear_i      (p_clear_q),
    .a_goes_i       (a_goes),
    .a_ends_i       (a_ends),
    .a_throws_i     (a_throws),
    .a_finish_i     (a_finish),
    .a_cause_i      (a_cause),
    .a_load_i       (a_load),
    .a_store_i      (a_store),
    .a_refill_i     (a_refill),
    .a_value_i      (a_value),
    .a_left_i       (a_left_q),
    .const_rd_i     (const_rd),
    .const_rv_i     (const_rv_q),
    .stack_rd_i     (stack_rd),
    .stack_rv_i     (stack_rv_q),
    .frame_rd_i     (frame_rd),
    .tag_rd_i       (tag_rd),
    .frame_rv_i     (frame_rv_q),
    .call_cnt_i     (call_cnt),
    .frame_hit_o    (frame_hit),
    .x_ready_o      (x_ready),
    .x_last_o       (x_last),
    .x_block_o      (x_block),
    .x_calls_o      (x_calls),
    .x_kill_o       (x_kill),
    .x_keep_o       (x_keep),
    .x_redirect_o   (x_redirect),
    .x_target_o     (x_target),
    .x_b_we_o       (x_b_we),
    .x_invoke_o     (x_invoke),
    .x_external_o   (x_external),
    .x_open_o       (x_open),
    .x_leave_o      (x_leave),
    .x_look_o       (x_look),
    .x_fill_o       (x_fill),
    .x_native_o     (x_native),
    .x_heap_o       (x_heap),
    .x_pushes_o     (x_pushes),
    .x_late_o       (x_late),
    .x_throw_o      (x_throw),
    .x_nonext_o     (x_nonext),
    .x_thrown_o     (x_thrown),
    .x_finish_o     (x_finish),
    .x_kind_o       (x_kind),
    .x_value_o      (x_value),
    .x_s_set_o      (x_s_set),
    .x_s_new_o      (x_s_new),
    .x_p_clear_o    (x_p_clear),
    .x_retire_o     (x_retire),
    .x_code_o       (x_code),
    .x_push_o       (x_push),
    .x_const_sel_o  (x_const_sel),
    .x_frame_sel_o  (x_frame_sel),
    .x_stack_sel_o  (x_stack_sel),
    .x_const_re_o   (x_const_re),
    .x_const_ra_o   (x_const_ra),
    .x_frame_re_o   (x_frame_re),
    .x_frame_ra_o   (x_frame_ra),
    .x_frame_we_o   (x_frame_we),
    .x_frame_wd_o   (x_frame_wd),
    .x_tag_wd_o     (x_tag_wd),
    .x_stack_re_o   (x_stack_re),
    .x_stack_ra_o   (x_stack_ra),
    .s_stack_we_o   (s_stack_we),
    .s_stack_wa_o   (s_stack_wa),
    .s_stack_wd_o   (s_stack_wd),
    .x_valid_o      (x_valid_q),
    .x_pc_o         (x_pc_q),
    .x_op_o         (x_op_q),
    .x_dec_o        (x_dec_q),
    .x_imm_o        (x_imm_q),
    .x_cnt_o        (x_cnt_q),
    .x_step_o       (x_step_q),
    .x_slot_o       (x_slot_q),
    .x_word_o       (x_word_q),
    .x_init_o       (x_init_q),
    .s_tos_o        (s_tos_q),
    .s_nos_o        (s_nos_q)
  );

  calls u_calls (
    .clk_i           (clk_i),
    .rst_ni          (rst_ni),
    .fault_i         (fault_q),
    .x_invoke_i      (x_invoke),
    .x_external_i    (x_external),
    .x_open_i        (x_open),
    .x_pc_i          (x_pc_q),
    .x_cnt_i         (x_cnt_q),
    .x_leave_i       (x_leave),
    .u_restore_i     (u_restore),
    .l_init_i        (l_init),
    .l_start_i       (l_start),
    .l_args_i        (l_args_q),
    .l_depthmax_i    (l_depthmax_q),
    .l_invmax_i      (l_invmax_q),
    .d_pend_i        (d_pend_q),
    .entry_frame_i   (entry_frame),
    .entry_args_i    (entry_args),
    .call_rd_i       (call_rd[93:0]),
    .scope_rd_i      (scope_rd[81:68]),
    .u_log_i         (u_log_q),
    .g_ai_i          (g_ai_q),
    .g_caller_i      (g_caller_q),
    .c_badargs_o     (c_badargs),
    .c_capacity_o    (c_capacity),
    .c_enter_o       (c_enter),
    .c_entext_o      (c_entext),
    .c_fnext_o       (c_fnext),
    .c_top_o         (c_top),
    .call_raddr_o    (call_raddr),
    .call_we_o       (call_we),
    .call_waddr_o    (call_waddr),
    .call_wdata_o    (call_wdata),
    .c_scope_wdata_o (c_scope_wdata),
    .c_ret_o         (c_ret_q),
    .c_fbase_o       (c_fbase_q),
    .c_fbytes_o      (c_fbytes_q),
    .c_argw_o        (c_argw_q),
    .c_id_o          (c_id_q),
    .c_next_o        (c_next_q),
    .c_sbase_o       (c_sbase_q),
    .c_depth_o       (c_depth_q),
    .c_ext_o         (c_ext_q),
    .c_nest_o        (c_nest_q),
    .c_mark_o        (c_mark_q)
  );

  segment u_segment (
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .fault_i        (fault_q),
    .h_free_i       (h_free),
    .h_word_i       (h_word),
    .h_last_i       (h_last_q),
    .h_data_i       (h_data_q),
    .g_req_o        (g_req),
    .g_a_o          (g_a),
    .x_fill_i       (x_fill),
    .x_app_i        (s_nos_q),
    .x_slot_i       (x_slot_q),
    .x_enter_i      (c_entext),
    .g_found_o      (g_found),
    .g_found_slot_o (g_found_slot),
    .g_entries_o    (g_entries),
    .g_idle_o       (g_idle),
    .leave_i        (leave),
    .c_ext_i        (c_ext_q),
    .c_ret_i        (c_ret_q),
    .scope_rd_i     (scope_rd[67:0]),
    .l_clear_i      (l_clear),
    .l_fill_i       (l_fill),
    .l_app_i        (l_app_q),
    .l_switch_i     (l_switch),
    .l_start_i      (l_start),
    .g_kill_o       (g_kill),
    .g_redirect_o   (g_redirect),
    .g_code_we_o    (code_we),
    .g_const_we_o   (const_we),
    .g_wa_o         (g_wa),
    .g_seg_we_o     (seg_we),
    .g_seg_wd_o     (seg_wdata),
    .seg_words_i    (seg_words),
    .seg_match_i    (seg_match),
    .g_filled_o     (g_filled),
    .g_slot_o       (g_slot_q),
    .g_app_o        (g_app_q),
    .g_ai_o         (g_ai_q),
    .g_codelen_o    (g_codelen_q),
    .g_constlen_o   (g_constlen_q),
    .g_methods_o    (g_methods_q),
    .g_caller_o     (g_caller_q),
    .g_back_o       (g_back_q),
    .g_into_o       (g_into_q),
    .g_fail_o       (g_fail_q)
  );

  pages u_pages (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .fault_i      (fault_q),
    .l_clear_i    (l_clear),
    .l_dir_we_i   (l_dir_we),
    .l_dir_slot_i (l_dir_slot),
    .h_page_i     (h_page),
    .h_tag_i      (h_tag_q[4:0]),
    .h_last_i     (h_last_q),
    .h_data_i     (h_data_q),
    .a_store_i    (a_store),
    .x_writes_i   (x_page_writes),
    .u_undo_i     (u_undo),
    .take_o       (h_take),
    .p_heap_we_o  (p_heap_we),
    .p_heap_wa_o  (p_heap_wa),
    .x_look_i     (x_heap),
    .x_nos_i      (s_nos_q),
    .dir_match_i  (dir_match),
    .size_words_i (size_words),
    .p_match_o    (p_match),
    .p_hit_o      (p_hit),
    .p_slot_o     (p_slot),
    .p_size_o     (p_size),
    .p_absent_o   (p_absent),
    .p_beyond_o   (p_beyond),
    .p_gone_o     (p_gone),
    .p_here_o     (p_here),
    .a_touch_i    (a_touch),
    .a_dirty_i    (a_dirty),
    .a_alloc_i    (a_alloc),
    .a_free_i     (a_free),
    .u_size_we_i  (u_size_we),
    .u_unfree_i   (u_unfree),
    .u_slot_i     (u_addr[11:7]),
    .u_size_i     (u_data[7:0]),
    .p_size_we_o  (size_we),
    .p_size_wa_o  (size_waddr),
    .p_size_wd_o  (size_wdata),
    .p_ready_o    (p_ready_q),
    .p_freed_o    (p_freed_q),
    .p_touched_o  (p_touched_q),
    .p_dirty_o    (p_dirty_q),
    .p_left_o     (p_left_q)
  );

  heap u_heap_access (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .fault_i     (fault_q),
    .x_heap_i    (x_heap),
    .x_class_i   (x_dec_q[4:0]),
    .x_op_i      (x_op_q),
    .x_step_i    (x_step_q),
    .x_cnt_i     (x_cnt_q),
    .x_pushes_i  (x_pushes),
    .x_nos_i     (s_nos_q),
    .stack_rd_i  (stack_rd),
    .p_all_i     (p_all),
    .p_hit_i     (p_hit),
    .p_slot_i    (p_slot),
    .p_size_i    (p_size),
    .p_absent_i  (p_absent),
    .p_beyond_i  (p_beyond),
    .p_gone_i    (p_gone),
    .c_nest_i    (c_nest_q),
    .u_log_i     (u_log_q),
    .l_logmax_i  (l_logmax_q),
    .a_goes_o    (a_goes),
    .a_ends_o    (a_ends),
    .a_throws_o  (a_throws),
    .a_finish_o  (a_finish),
    .a_cause_o   (a_cause),
    .a_touch_o   (a_touch),
    .a_dirty_o   (a_dirty),
    .a_alloc_o   (a_alloc),
    .a_free_o    (a_free),
    .a_entry_o   (a_entry),
    .heap_rd_i   (heap_rd),
    .a_heap_en_o (a_heap_en),
    .a_heap_re_o (a_heap_re),
    .a_heap_ra_o (a_heap_ra),
    .a_heap_we_o (a_heap_we),
    .a_heap_wa_o (a_heap_wa),
    .a_heap_wd_o (a_heap_wd),
    .a_log_we_o  (log_we),
    .a_log_wd_o  (log_wdata),
    .a_load_o    (a_load),
    .a_store_o   (a_store),
    .a_refill_o  (a_refill),
    .a_value_o   (a_value),
    .a_addr_o    (a_addr_q),
    .a_left_o    (a_left_q),
    .p_clear_o   (p_clear_q)
  );

  native u_native (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .x_native_i   (x_native),
    .x_imm_i      (x_imm_q),
    .d_pend_i     (d_pend_q),
    .c_fnext_i    (c_fnext),
    .frame_rd_i   (frame_rd),
    .h_free_i     (h_free),
    .h_word_i     (h_word),
    .h_last_i     (h_last_q),
    .n_frame_re_o (n_frame_re),
    .n_frame_ra_o (n_frame_ra),
    .n_req_o      (n_req),
    .n_kind_o     (n_kind),
    .n_a_o        (n_a),
    .n_b_o        (n_b),
    .n_asked_o    (n_asked),
    .n_push_o     (n_push),
    .n_last_o     (n_last),
    .n_word_o     (n_word_q)
  );

  unwind u_unwind (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .fault_i      (fault_q),
    .x_throw_i    (x_throw),
    .x_nonext_i   (x_nonext),
    .x_thrown_i   (x_thrown),
    .x_finish_i   (x_finish),
    .x_kind_i     (x_kind),
    .x_value_i    (x_value),
    .d_valid_i    (d_valid_q),
    .d_fault_i    (d_fault_q),
    .d_op_i       (d_op_q),
    .l_finish_i   (l_finish),
    .l_enter_i    (l_enter),
    .l_run_i      (l_run),
    .l_kind_i     (l_kind),
    .l_value_i    (l_value),
    .l_taken_i    (l_taken),
    .c_depth_i    (c_depth_q),
    .c_ext_i      (c_ext_q),
    .c_mark_i     (c_mark_q),
    .l_clear_i    (l_clear),
    .a_entry_i    (a_entry),
    .leave_i      (leave),
    .scope_nest_i (scope_rd[69]),
    .log_rv_i     (log_rv_q),
    .log_rd_i     (log_rd),
    .log_re_o     (log_re),
    .log_raddr_o  (log_raddr),
    .u_heap_we_o  (u_heap_we),
    .u_size_we_o  (u_size_we),
    .u_unfree_o   (u_unfree),
    .u_addr_o     (u_addr),
    .u_data_o     (u_data),
    .u_undo_o     (u_undo),
    .u_none_o     (u_none),
    .u_look_o     (u_look),
    .u_kill_o     (u_kill),
    .u_restore_o  (u_restore),
    .u_redirect_o (u_redirect),
    .u_call_re_o  (u_call_re),
    .u_code_o     (u_code_q),
    .u_log_o      (u_log_q),
    .u_high_o     (u_high_q),
    .o_valid_o    (o_valid_q),
    .o_kind_o     (o_kind_q),
    .o_value_o    (o_value_q)
  );

  loader u_loader (
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .fault_i        (fault_q),
    .h_free_i       (h_free),
    .h_word_i       (h_word),
    .h_last_i       (h_last_q),
    .h_data_i       (h_data_q),
    .l_req_o        (l_req),
    .l_rkind_o      (l_rkind),
    .l_page_o       (l_page),
    .l_a_o          (l_a),
    .l_b_o          (l_b),
    .l_clear_o      (l_clear),
    .l_dir_we_o     (l_dir_we),
    .l_dir_slot_o   (l_dir_slot),
    .l_fill_o       (l_fill),
    .l_switch_o     (l_switch),
    .l_frame_we_o   (l_frame_we),
    .g_idle_i       (g_idle),
    .g_fail_i       (g_fail_q),
    .g_methods_i    (g_methods_q),
    .entry_offset_i (entry_offset),
    .entry_frame_i  (entry_frame),
    .entry_args_i   (entry_args),
    .entry_public_i (entry_public),
    .d_fuel_i       (d_fuel_q),
    .l_const_re_o   (l_const_re),
    .l_const_ra_o   (l_const_ra),
    .l_init_o       (l_init),
    .l_start_o      (l_start),
    .l_target_o     (l_target),
    .l_finish_o     (l_finish),
    .l_enter_o      (l_enter),
    .l_run_o        (l_run),
    .l_kind_o       (l_kind),
    .l_value_o      (l_value),
    .l_fuel_set_o   (l_fuel_set),
    .l_fuel_new_o   (l_fuel_new),
    .o_valid_i      (o_valid_q),
    .o_kind_i       (o_kind_q),
    .o_value_i      (o_value_q),
    .c_next_i       (c_next_q),
    .p_touched_i    (p_touched_q),
    .p_dirty_i      (p_dirty_q),
    .p_all_i        (p_all),
    .size_words_i   (size_words),
    .u_high_i       (u_high_q),
    .l_taken_o      (l_taken),
    .heap_rd_i      (heap_rd),
    .l_heap_re_o    (l_heap_re),
    .l_heap_ra_o    (l_heap_ra),
    .c_enter_i      (c_enter),
    .c_top_i        (c_top),
    .l_sweep_o      (l_sweep),
    .l_addr_o       (l_addr_q),
    .l_app_o        (l_app_q),
    .l_args_o       (l_args_q),
    .l_depthmax_o   (l_depthmax_q),
    .l_invmax_o     (l_invmax_q),
    .l_logmax_o     (l_logmax_q),
    .l_ai_o         (l_ai_q)
  );

  port u_port (
    .clk_i            (clk_i),
    .rst_ni           (rst_ni),
    .host_req_ready_i (host_req_ready_i),
    .host_rsp_valid_i (host_rsp_valid_i),
    .host_rsp_tag_i   (host_rsp_tag_i),
    .host_rsp_last_i  (host_rsp_last_i),
    .host_rsp_data_i  (host_rsp_data_i),
    .l_req_i          (l_req),
    .l_kind_i         (l_rkind),
    .l_page_i         (l_page),
    .l_a_i            (l_a),
    .l_b_i            (l_b),
    .g_req_i          (g_req),
    .g_a_i            (g_a),
    .n_req_i          (n_req),
    .n_kind_i         (n_kind),
    .n_a_i            (n_a),
    .n_b_i            (n_b),
    .h_free_o         (h_free),
    .take_i           (h_take),
    .h_word_o         (h_word),
    .h_page_o         (h_page),
    .h_req_valid_o    (h_req_valid_q),
    .h_req_kind_o     (h_req_kind_q),
    .h_req_tag_o      (h_req_tag_q),
    .h_req_a_o        (h_req_a_q),
    .h_req_b_o        (h_req_b_q),
    .h_rsp_ready_o    (h_rsp_ready_q),
    .h_tag_o          (h_tag_q),
    .h_last_o         (h_last_q),
    .h_data_o         (h_data_q)
  );

  retire u_retire (
    .clk_i      (clk_i),
    .rst_ni     (rst_ni),
    .x_retire_i (x_retire),
    .x_pc_i     (x_pc_q),
    .x_op_i     (x_op_q),
    .x_code_i   (x_code),
    .x_push_i   (x_push),
    .x_late_i   (x_late),
    .d_fuel_i   (d_fuel_q)
  );

`ifndef SYNTHESIS
  isolation u_isolation (
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .fault_i        (fault_q),
    .l_clear_i      (l_clear),
    .l_start_i      (l_start),
    .seg_we_i       (seg_we),
    .seg_wd_i       (seg_wdata[67:0]),
    .dir_we_i       (dir_we),
    .dir_wa_i       (dir_waddr),
    .dir_wd_i       (dir_wdata),
    .g_app_i        (g_app_q),
    .a_acts_i       (a_goes && !a_ends),
    .x_class_i      (x_dec_q[4:0]),
    .x_op_i         (x_op_q[1:0]),
    .s_tos_i        (s_tos_q),
    .s_nos_i        (s_nos_q),
    .p_match_i      (p_match),
    .p_ready_i      (p_ready_q),
    .p_freed_i      (p_freed_q),
    .x_cleared_i    (x_page_writes && x_retire && x_step_q[1]),
    .a_slot_i       (a_addr_q[11:7]),
    .heap_we_i      (heap_we),
    .heap_wa_i      (heap_waddr),
    .heap_wd_i      (heap_wdata),
    .size_we_i      (size_we),
    .size_wa_i      (size_waddr),
    .size_wd_i      (size_wdata),
    .h_take_i       (h_take),
    .c_entext_i     (c_entext),
    .x_leave_i      (x_leave),
    .u_restore_i    (u_restore),
    .c_ext_i        (c_ext_q),
    .frame_re_i     (frame_re),
    .frame_ra_i     (frame_raddr),
    .frame_hit_i    (frame_hit),
    .x_init_i       (x_init_q),
    .frame_we_i     (frame_we),
    .frame_wa_i     (frame_waddr),
    .x_frame_we_i   (x_frame_we),
    .c_id_i         (c_id_q),
    .c_depth_i      (c_depth_q),
    .c_enter_i      (c_enter),
    .d_pend_clear_i (d_pend_clear)
  );

`endif

endmodule

`default_nettype wire
