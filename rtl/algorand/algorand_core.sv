// SPDX-License-Identifier: MIT OR Apache-2.0
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
  algorand_pkg::decoded_t        f_dec;
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
  algorand_pkg::decoded_t        d_dec_q;
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
  algorand_pkg::decoded_t        x_dec_q;
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
  logic [7:0]         call_cnt;
  logic [8:0]         call_raddr;
  logic               call_we;
  logic [8:0]         call_waddr;
  algorand_pkg::call_word_t call_wdata;
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
  algorand_pkg::request_t g_request;
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
  algorand_pkg::segment_t seg_wdata;
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
  logic [4:0]         p_look;
  algorand_pkg::page_name_t p_name;
  logic [7:0]         p_size;
  logic               p_absent;
  logic               p_beyond;
  logic               p_gone;
  logic               p_here;
  logic               p_lost;
  logic               p_hit_q;
  logic [4:0]         p_slot_q;
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
  algorand_pkg::log_entry_t log_wdata;
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
  algorand_pkg::request_t n_request;
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
  logic               l_page;
  algorand_pkg::request_t l_request;
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
  logic [5:0]         l_pages_q;
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
  algorand_pkg::call_word_t call_rd;
  logic               scope_re;
  logic [8:0]         scope_raddr;
  algorand_pkg::scope_word_t scope_rd;
  logic               scope_we;
  logic [8:0]         scope_waddr;
  algorand_pkg::scope_word_t scope_wdata;
  logic               heap_re;
  logic [11:0]        heap_raddr;
  logic [63:0]        heap_rd;
  logic               heap_we;
  logic [11:0]        heap_waddr;
  logic [63:0]        heap_wdata;
  logic               log_rv_q;
  algorand_pkg::log_entry_t log_rd;
  logic [10:0]        log_waddr;
  logic [1:0]         seg_waddr;
  logic [3:0]         seg_match;
  logic [455:0]       seg_words;
  logic               dir_we;
  logic [4:0]         dir_waddr;
  algorand_pkg::page_name_t dir_wdata;
  algorand_pkg::page_name_t unused_name;
  logic [7:0]         l_size;

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
  algorand_pkg::method_t entry; // of a method table
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
  assign x_page_writes = x_valid_q && x_dec_q.cls == algorand_pkg::CLASS_PAGE
      && (x_step_q[1] || (x_step_q[0] && p_here));

  // Jumps and backward branches enter the target buffer from D, invocations from X.
  assign b_we    = d_b_we || x_b_we;
  assign b_waddr = x_b_we ? x_pc_q[3:0] : d_pc_q[3:0];
  assign b_wdata = x_b_we ? {g_slot_q, x_pc_q[13:4], x_target[15:0]} : {g_slot_q, d_pc_q[13:4], d_target[15:0]};
  assign d_pred  = d_redir_q || d_redirect;

  // A method table entry on the constant RAM's output; its last bytes are 0 by the rules.
  assign entry = const_rd[48:0];

  // Depth and pending arguments: X, a method restored by unwind, or the first method.
  assign s_cnt_set    = x_s_set || u_restore || l_start;
  assign s_cnt_new    = u_restore ? call_cnt : l_start ? 8'd0 : x_s_new;
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

  ram_1r1w #(.WIDTH(64), .ABITS($clog2(algorand_pkg::STACK_MEM))) u_stack (
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

  ram_1r1w #(.WIDTH(64), .ABITS($clog2(algorand_pkg::FRAME_WORDS))) u_frame (
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

  ram_1r1w #(.WIDTH(32), .ABITS($clog2(algorand_pkg::FRAME_WORDS))) u_tag (
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

  ram_1r1w #(.WIDTH(algorand_pkg::CALL_WORD_BITS), .ABITS($clog2(algorand_pkg::CALL_DEPTH))) u_call (
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

  ram_1r1w #(.WIDTH(algorand_pkg::SCOPE_WORD_BITS), .ABITS($clog2(algorand_pkg::CALL_DEPTH))) u_scope (
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

  ram_1r1w #(.WIDTH(algorand_pkg::LOG_ENTRY_BITS), .ABITS($clog2(algorand_pkg::LOG_DEPTH)), .FORWARD(1'b0)) u_log (
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

  table_1w #(.WIDTH(algorand_pkg::SEGMENT_BITS), .ABITS($clog2(algorand_pkg::SEGMENTS)), .KEY(64), .LOW(64)) u_seg (
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

  lutram_2r #(.WIDTH(algorand_pkg::PAGE_NAME_BITS), .ABITS($clog2(algorand_pkg::PAGE_SLOTS))) u_dir (
    .clk_i   (clk_i),
    .we_i    (dir_we),
    .waddr_i (dir_waddr),
    .wdata_i (dir_wdata),
    .ra0_i   (p_look),
    .rd0_o   (p_name),
    .ra1_i   (p_look),
    .rd1_o   (unused_name)
  );

  lutram_2r #(.WIDTH(8), .ABITS($clog2(algorand_pkg::PAGE_SLOTS))) u_size (
    .clk_i   (clk_i),
    .we_i    (size_we),
    .waddr_i (size_waddr),
    .wdata_i (size_wdata),
    .ra0_i   (p_slot_q),
    .rd0_o   (p_size),
    .ra1_i   (l_addr_q[4:0]),
    .rd1_o   (l_size)
  );

  fetch u_fetch (.fault_i (fault_q), .*);

  decode u_decode (
    .fault_i (fault_q),
    .keep_i  (x_keep),
    .*
  );

  execute u_execute (
    .fault_i (fault_q),
    .n_word  (n_word_q[7:0]),
    .*
  );

  calls u_calls (
    .fault_i  (fault_q),
    .entry_frame (entry.frame),
    .entry_args  (entry.args),
    .scope_mark  (scope_rd.mark),
    .scope_nest  (scope_rd.nest),
    .scope_ext   (scope_rd.ext),
    .*
  );

  segment u_segment (
    .fault_i  (fault_q),
    .scope_ai     (scope_rd.ai),
    .scope_caller (scope_rd.caller),
    .*
  );

  pages u_pages (
    .fault_i (fault_q),
    .h_tag   (h_tag_q[4:0]),
    .u_slot  (u_addr[11:7]),
    .u_size  (u_data[7:0]),
    .*
  );

  heap u_heap_access (
    .fault_i (fault_q),
    .x_class (x_dec_q.cls),
    .*
  );

  native u_native (.*);

  unwind u_unwind (
    .fault_i    (fault_q),
    .scope_nest (scope_rd.nest),
    .*
  );

  loader u_loader (.fault_i (fault_q), .*);

  port u_port (.*);

  retire u_retire (.*);

`ifndef SYNTHESIS
  isolation u_isolation (
    .fault_i   (fault_q),
    .seg_ai    (seg_wdata.ai),
    .seg_app   (seg_wdata.app),
    .a_acts    (a_goes && !a_ends),
    .x_class   (x_dec_q.cls),
    .x_op      (x_op_q[1:0]),
    .x_cleared (x_page_writes && x_retire && x_step_q[1]),
    .a_slot    (a_addr_q[11:7]),
    .*
  );

`endif

endmodule

`default_nettype wire
