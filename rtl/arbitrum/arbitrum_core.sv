// SPDX-License-Identifier: MIT OR Apache-2.0
// The Arbitrum core: front, X, the two stacks, gas, arithmetic, counts, heap, hash, code, W, port, loader, and the RAMs.
// docs/arbitrum/core.md is the contract.
//
// This file holds no state but fault_q. It joins what several rooms may do: redirect and end, and the ports of the RAMs
// of tuples. Two sources never meet in one cycle (the assertions here and in the rooms say why), so every selection is
// an or or a mux without a stall.
//
// Host port: requests on host_req_*, valid and ready; responses on host_rsp_*, bursts of beats with the request's tag
// (port.sv). fault_i chooses a planted fault for tests, 0 is none; it is taken into a register first, so that no input
// reaches the core's logic directly.
//
// The parameters are logarithms of capacities, so that a smaller core can be synthesized.
`default_nettype none

// A RAM's read-valid stays open: who reads counts for itself.
/* verilator lint_off PINCONNECTEMPTY */

module arbitrum_core #(
  parameter int unsigned CODE_BITS = $clog2(arbitrum_pkg::CODE_WORDS),
  parameter int unsigned POOL_BITS = $clog2(arbitrum_pkg::POOL_CELLS),
  parameter int unsigned DATA_BITS = $clog2(arbitrum_pkg::DATA_CELLS),
  parameter int unsigned AUX_BITS  = $clog2(arbitrum_pkg::AUX_CELLS),
  parameter int unsigned HEAP_BITS = $clog2(arbitrum_pkg::HEAP_CELLS)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  output logic        host_req_valid_o,
  input  logic        host_req_ready_i,
  output logic [3:0]  host_req_kind_o,
  output logic [5:0]  host_req_tag_o,
  output logic [63:0] host_req_a_o,
  output logic [63:0] host_req_b_o,
  input  logic        host_rsp_valid_i,
  output logic        host_rsp_ready_o,
  input  logic [5:0]  host_rsp_tag_i,
  input  logic        host_rsp_last_i,
  input  logic [63:0] host_rsp_data_i
);

  // From front.
  logic                d_code_re;
  logic [15:0]         d_code_ra;
  logic                d_pool_re;
  logic [15:0]         d_pool_ra;
  logic                i_v_q;
  logic [15:0]         i_pc_q;
  logic [7:0]          i_op_q;
  logic [1:0]          i_kind_q;
  logic [15:0]         i_imm_q;
  logic [15:0]         i_next_q;

  // From execute.
  logic                x_take;
  logic                x_done;
  logic                x_raise;
  logic                x_verdict;
  logic                x_result;
  logic                x_jumps;
  logic [15:0]         x_target;
  logic [15:0]         x_onward;
  logic                x_ends;
  logic [2:0]          x_outcome;
  logic                x_push;
  logic                x_replace;
  logic                x_drop;
  logic                x_drop2;
  logic                x_binary;
  logic                x_ternary;
  logic                x_swap1;
  logic                x_swap2;
  logic                x_spill;
  logic                x_fill;
  arbitrum_pkg::cell_t x_top;
  logic                x_aux_push;
  logic                x_aux_pop;
  logic                x_aux_set;
  arbitrum_pkg::cell_t x_aux_new;
  logic                x_rset;
  logic                x_errset;
  arbitrum_pkg::cell_t x_o0;
  logic                x_charge;
  logic                x_five;
  logic                x_gas_all;
  logic                x_gas_set;
  logic                x_check;
  logic [16:0]         x_price;
  logic                x_cheap;
  logic                x_arith;
  logic [255:0]        x_p0;
  logic [255:0]        x_p1;
  logic [255:0]        x_p2;
  logic [256:0]        x_sum;
  logic                x_inc;
  logic [15:0]         x_inc_a;
  logic                x_d0;
  logic [15:0]         x_d0_a;
  logic [3:0]          x_d0_l;
  logic                x_d1;
  logic [15:0]         x_d1_a;
  logic [3:0]          x_d1_l;
  logic                x_d2;
  logic [15:0]         x_d2_a;
  logic [3:0]          x_d2_l;
  logic                x_feed;
  logic [15:0]         x_feed_a;
  logic                x_count_re;
  logic                x_count_we;
  logic [15:0]         x_count_wa;
  arbitrum_pkg::count_t x_count_wd;
  logic [15:0]         x_tuple_a;
  logic                x_cells_re;
  logic [15:0]         x_cells_ra;
  logic                x_cells_we;
  logic [15:0]         x_cells_wa;
  arbitrum_pkg::cell_t x_cells_wd;
  logic [1:0]          x_size;
  logic                x_link_re;
  logic                x_alloc;
  logic                x_cut;
  logic                x_hash_value;
  logic                x_hash_pair;
  logic                x_hash_code;
  arbitrum_pkg::cell_t x_hash_v;
  logic [255:0]        x_hash_first;
  logic                x_kec_clear;
  logic                x_kec_xor;
  logic [24:0]         x_kec_sel;
  logic [255:0]        x_kec_data;
  logic                x_kec_start;
  logic                x_insn_we;
  logic                x_insn_imm;
  logic [7:0]          x_insn_op;
  arbitrum_pkg::cell_t x_insn_value;
  logic [15:0]         x_insn_next;
  logic                x_req;
  arbitrum_pkg::request_t x_request;
  logic                x_v_q;
  logic [4:0]          x_class;
  logic [3:0]          x_step_q;
  logic [7:0]          x_op_q;
  logic [15:0]         x_pc_q;
  logic [1:0]          x_exc_q;

  // From stack.
  logic [4:0]          s_win_ra0;
  logic [4:0]          s_win_ra1;
  logic                s_win_we;
  logic [4:0]          s_win_wa;
  arbitrum_pkg::cell_t s_win_wd;
  logic                s_data_re;
  logic [10:0]         s_data_ra;
  logic                s_data_we;
  logic [10:0]         s_data_wa;
  logic                s_high;
  logic                s_low;
  arbitrum_pkg::cell_t s_a_q;
  arbitrum_pkg::cell_t s_b_q;
  logic [10:0]         s_depth_q;

  // From aux.
  logic                t_aux_re;
  logic [13:0]         t_aux_ra;
  logic                t_aux_we;
  logic [13:0]         t_aux_wa;
  logic                t_ready;
  arbitrum_pkg::cell_t t_top_q;
  logic [13:0]         t_depth_q;

  // From gas.
  logic                g_borrow_q;
  logic                g_plenty_q;
  logic                g_short_q;
  logic [63:0]         g_lo_q;
  logic [191:0]        g_hi_q;

  // From arith.
  logic                e_done;
  logic [255:0]        e_result;

  // From counts.
  logic                k_fed;
  logic                k_many;
  logic                k_none;
  logic                k_idle;
  logic                k_count_re;
  logic [15:0]         k_count_ra;
  logic                k_count_we;
  arbitrum_pkg::count_t k_count_wd;
  logic                k_dies;
  logic [15:0]         k1_a_q;
  logic [3:0]          k1_l_q;

  // From heap.
  logic [15:0]         p_first;
  logic                p_have;
  logic                p_work;
  logic                p_full;
  logic                p_test;
  logic                p_rest;
  logic                p_dec;
  logic [15:0]         p_dec_a;
  logic [3:0]          p_dec_l;
  logic                p_cells_re;
  logic [15:0]         p_cells_ra;
  logic                p_link_re;
  logic [15:0]         p_link_ra;
  logic                p_link_we;
  logic [15:0]         p_link_wa;
  arbitrum_pkg::link_t p_link_wd;

  // From hash.
  logic                z_done;
  logic [255:0]        z_r_q;
  logic                z_kec_busy;
  logic [1599:0]       z_kec_state;
  logic                z_req;
  arbitrum_pkg::request_t z_request;
  logic                z_chash_re;
  logic [15:0]         z_chash_ra;
  logic                z_cells_re;
  logic [15:0]         z_cells_ra;
  logic                z_count_re;
  logic [15:0]         z_count_ra;
  logic                z_count_we;
  logic [15:0]         z_cur_q;
  logic                z_link_re;
  logic [15:0]         z_par_q;
  logic                z_link_we;
  arbitrum_pkg::link_t z_link_wd;
  logic                z_thash_re;
  logic                z_tsize_re;
  logic [15:0]         z_thash_ra;
  logic                z_thash_we;
  logic [255:0]        z_digest;
  logic [255:0]        z_size_q;
  logic [3:0]          z_zbuf_ra;
  logic                z_zbuf_we;
  logic [3:0]          z_zbuf_wa;
  logic [255:0]        z_zbuf_wd;

  // From code.
  logic                c_full;
  logic                c_code_we;
  logic [CODE_BITS-1:0] c_code_wa;
  arbitrum_pkg::code_t c_code_wd;
  logic [255:0]        c_chash_wd;
  logic                c_pool_we;
  logic [POOL_BITS-1:0] c_pool_wa;
  arbitrum_pkg::cell_t c_pool_wd;
  logic [15:0]         c_top_q;

  // From retire.
  logic                w_drop;
  logic                w_bad_q;

  // From port.
  logic                h_free;
  logic                h_req_valid_q;
  logic [3:0]          h_req_kind_q;
  logic [5:0]          h_req_tag_q;
  logic [63:0]         h_req_a_q;
  logic [63:0]         h_req_b_q;
  logic                h_rsp_ready_q;
  logic                h_beat_q;
  logic                h_last_q;
  logic [63:0]         h_data_q;

  // From loader.
  logic                l_req;
  arbitrum_pkg::request_t l_request;
  logic                l_start;
  logic                l_run;
  logic                l_end;
  logic                l_code_we;
  arbitrum_pkg::code_t l_code_wd;
  logic [255:0]        l_chash_wd;
  logic                l_pool_we;
  logic                l_cells_we;
  logic                l_count_we;
  logic                l_static_we;
  arbitrum_pkg::cell_t l_wd;
  logic [15:0]         l_n_q;
  logic                l_legacy_q;
  logic [15:0]         l_codes_q;
  logic [15:0]         l_pools_q;
  logic [15:0]         l_heap_q;
  logic [15:0]         l_entry_q;

  // From state.
  arbitrum_pkg::cell_t n_reg_q;
  arbitrum_pkg::cell_t n_static_q;
  logic [15:0]         n_err_q;

  // Read data of the RAMs.
  arbitrum_pkg::code_t code_rd;
  logic [255:0]        chash_rd;
  arbitrum_pkg::cell_t pool_rd;
  arbitrum_pkg::cell_t data_rd;
  arbitrum_pkg::cell_t aux_rd;
  arbitrum_pkg::cell_t cells_rd;
  arbitrum_pkg::count_t count_rd;
  arbitrum_pkg::link_t link_rd;
  logic [255:0]        thash_rd;
  logic [255:0]        tsize_rd;
  arbitrum_pkg::cell_t win_rd0;
  arbitrum_pkg::cell_t win_rd1;
  logic [255:0]        zbuf_rd;

  // Joined.
  logic [5:0]         fault_q;
  logic               raise;     // an exception goes to the error code point
  logic               redirect;
  logic [15:0]        target;
  logic               finish;
  logic [2:0]         outcome;
  logic               stop;
  logic               cells_re;
  logic [15:0]        cells_ra;
  logic               cells_we;
  logic [15:0]        cells_wa;
  arbitrum_pkg::cell_t cells_wd;
  logic               count_re;
  logic [15:0]        count_ra;
  logic               count_we;
  logic [15:0]        count_wa;
  arbitrum_pkg::count_t count_wd;
  logic               link_re;
  logic [15:0]        link_ra;
  logic               link_we;
  logic [15:0]        link_wa;
  arbitrum_pkg::link_t link_wd;
  logic [255:0]       unused_zbuf_rd1;
  logic               unused_addresses; // of memories that are smaller than an address may say

  always_ff @(posedge clk_i) begin : planted_fault
    fault_q <= fault_i;
  end

  // What ends a call is no redirect: an exception without an error code point ends it.
  assign raise    = x_raise || w_bad_q;
  assign redirect = x_jumps || l_start || (raise && n_err_q != 16'd0);
  assign target   = raise ? n_err_q : l_start ? l_entry_q : x_target;
  assign finish   = x_ends || (raise && n_err_q == 16'd0);
  assign outcome  = raise ? arbitrum_pkg::OUTCOME_ERROR_STOP : x_outcome;
  assign stop     = finish;

  // RAMs of tuples. X and the hash engine use them while release and counts rest, the loader before the call.
  assign cells_re = x_cells_re || z_cells_re || p_cells_re;
  assign cells_ra = x_cells_re ? x_cells_ra : z_cells_re ? z_cells_ra : p_cells_ra;
  assign cells_we = x_cells_we || l_cells_we;
  assign cells_wa = l_cells_we ? l_n_q : x_cells_wa;
  assign cells_wd = l_cells_we ? l_wd : x_cells_wd;

  assign count_re = k_count_re || x_count_re || z_count_re;
  assign count_ra = x_count_re ? x_tuple_a : z_count_re ? z_count_ra : k_count_ra;
  assign count_we = k_count_we || x_count_we || z_count_we || l_count_we;

  always_comb begin : count_write
    count_wa = k1_a_q;
    count_wd = k_count_wd;
    if (x_count_we) begin
      count_wa = x_count_wa;
      count_wd = x_count_wd;
    end
    if (z_count_we) begin
      count_wa = z_cur_q;
      count_wd = {1'b1, count_rd.n};
    end
    if (l_count_we) begin
      count_wa = l_n_q;
      count_wd = {1'b0, 16'hffff};
    end
  end

  assign link_re  = p_link_re || z_link_re;
  assign link_ra  = z_link_re ? z_par_q : p_link_ra;
  assign link_we  = p_link_we || z_link_we;
  assign link_wa  = z_link_we ? z_cur_q : p_link_wa;
  assign link_wd  = z_link_we ? z_link_wd : p_link_wd;

  assign host_req_valid_o = h_req_valid_q;
  assign host_req_kind_o  = h_req_kind_q;
  assign host_req_tag_o   = h_req_tag_q;
  assign host_req_a_o     = h_req_a_q;
  assign host_req_b_o     = h_req_b_q;
  assign host_rsp_ready_o = h_rsp_ready_q;

  assign unused_addresses = ^{d_code_ra, z_chash_ra, d_pool_ra, s_data_ra, s_data_wa, t_aux_ra, t_aux_wa, cells_ra,
      cells_wa, count_ra, count_wa, link_ra, link_wa, z_thash_ra};

  ram_1r1w #(.WIDTH(arbitrum_pkg::CODE_WORD_BITS), .ABITS(CODE_BITS), .FORWARD(1'b0)) u_code_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (d_code_re),
    .re_i      (d_code_re),
    .raddr_i   (d_code_ra[CODE_BITS-1:0]),
    .rv_o      (),
    .rd_o      (code_rd),
    .we_i      (c_code_we),
    .waddr_i   (c_code_wa),
    .wdata_i   (c_code_wd)
  );

  ram_1r1w #(.WIDTH(256), .ABITS(CODE_BITS), .FORWARD(1'b0)) u_chash_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (z_chash_re),
    .re_i      (z_chash_re),
    .raddr_i   (z_chash_ra[CODE_BITS-1:0]),
    .rv_o      (),
    .rd_o      (chash_rd),
    .we_i      (c_code_we),
    .waddr_i   (c_code_wa),
    .wdata_i   (c_chash_wd)
  );

  ram_1r1w #(.WIDTH(arbitrum_pkg::CELL_BITS), .ABITS(POOL_BITS), .FORWARD(1'b0)) u_pool_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (d_pool_re),
    .re_i      (d_pool_re),
    .raddr_i   (d_pool_ra[POOL_BITS-1:0]),
    .rv_o      (),
    .rd_o      (pool_rd),
    .we_i      (c_pool_we),
    .waddr_i   (c_pool_wa),
    .wdata_i   (c_pool_wd)
  );

  ram_1r1w #(.WIDTH(arbitrum_pkg::CELL_BITS), .ABITS(DATA_BITS), .FORWARD(1'b0)) u_data_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (s_data_re),
    .re_i      (s_data_re),
    .raddr_i   (s_data_ra[DATA_BITS-1:0]),
    .rv_o      (),
    .rd_o      (data_rd),
    .we_i      (s_data_we),
    .waddr_i   (s_data_wa[DATA_BITS-1:0]),
    .wdata_i   (win_rd1)
  );

  ram_1r1w #(.WIDTH(arbitrum_pkg::CELL_BITS), .ABITS(AUX_BITS), .FORWARD(1'b0)) u_aux_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (t_aux_re),
    .re_i      (t_aux_re),
    .raddr_i   (t_aux_ra[AUX_BITS-1:0]),
    .rv_o      (),
    .rd_o      (aux_rd),
    .we_i      (t_aux_we),
    .waddr_i   (t_aux_wa[AUX_BITS-1:0]),
    .wdata_i   (t_top_q)
  );

  ram_1r1w #(.WIDTH(arbitrum_pkg::CELL_BITS), .ABITS(HEAP_BITS), .FORWARD(1'b0)) u_cells_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (cells_re),
    .re_i      (cells_re),
    .raddr_i   (cells_ra[HEAP_BITS-1:0]),
    .rv_o      (),
    .rd_o      (cells_rd),
    .we_i      (cells_we),
    .waddr_i   (cells_wa[HEAP_BITS-1:0]),
    .wdata_i   (cells_wd)
  );

  ram_1r1w #(.WIDTH(arbitrum_pkg::COUNT_BITS), .ABITS(HEAP_BITS)) u_count_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (count_re),
    .re_i      (count_re),
    .raddr_i   (count_ra[HEAP_BITS-1:0]),
    .rv_o      (),
    .rd_o      (count_rd),
    .we_i      (count_we),
    .waddr_i   (count_wa[HEAP_BITS-1:0]),
    .wdata_i   (count_wd)
  );

  ram_1r1w #(.WIDTH(arbitrum_pkg::LINK_BITS), .ABITS(HEAP_BITS), .FORWARD(1'b0)) u_link_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (link_re),
    .re_i      (link_re),
    .raddr_i   (link_ra[HEAP_BITS-1:0]),
    .rv_o      (),
    .rd_o      (link_rd),
    .we_i      (link_we),
    .waddr_i   (link_wa[HEAP_BITS-1:0]),
    .wdata_i   (link_wd)
  );

  ram_1r1w #(.WIDTH(256), .ABITS(HEAP_BITS), .FORWARD(1'b0)) u_thash_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (z_thash_re),
    .re_i      (z_thash_re),
    .raddr_i   (z_thash_ra[HEAP_BITS-1:0]),
    .rv_o      (),
    .rd_o      (thash_rd),
    .we_i      (z_thash_we),
    .waddr_i   (z_cur_q[HEAP_BITS-1:0]),
    .wdata_i   (z_digest)
  );

  ram_1r1w #(.WIDTH(256), .ABITS(HEAP_BITS), .FORWARD(1'b0)) u_tsize_ram (
    .clk_i     (clk_i),
    .forward_i (1'b1),
    .en_i      (z_tsize_re),
    .re_i      (z_tsize_re),
    .raddr_i   (z_thash_ra[HEAP_BITS-1:0]),
    .rv_o      (),
    .rd_o      (tsize_rd),
    .we_i      (z_thash_we),
    .waddr_i   (z_cur_q[HEAP_BITS-1:0]),
    .wdata_i   (z_size_q)
  );

  lutram_2r #(.WIDTH(arbitrum_pkg::CELL_BITS), .ABITS($clog2(arbitrum_pkg::WINDOW))) u_win_ram (
    .clk_i   (clk_i),
    .we_i    (s_win_we),
    .waddr_i (s_win_wa),
    .wdata_i (s_win_wd),
    .ra0_i   (s_win_ra0),
    .rd0_o   (win_rd0),
    .ra1_i   (s_win_ra1),
    .rd1_o   (win_rd1)
  );

  lutram_2r #(.WIDTH(256), .ABITS(4)) u_zbuf_ram (
    .clk_i   (clk_i),
    .we_i    (z_zbuf_we),
    .waddr_i (z_zbuf_wa),
    .wdata_i (z_zbuf_wd),
    .ra0_i   (z_zbuf_ra),
    .rd0_o   (zbuf_rd),
    .ra1_i   (4'd0),
    .rd1_o   (unused_zbuf_rd1)
  );

  front u_front (.fault_i (fault_q), .*);

  execute #(.DATA_BITS(DATA_BITS), .AUX_BITS(AUX_BITS)) u_execute (
    .fault_i  (fault_q),
    .count_n  (count_rd.n),
    .win_tag1 (win_rd1.tag),
    .*
  );

  stack u_stack (.fault_i (fault_q), .*);

  aux u_aux (.*);

  gas u_gas (.fault_i (fault_q), .x_gas_new (x_p0), .*);

  arith u_arith (.fault_i (fault_q), .*);

  counts u_counts (.fault_i (fault_q), .*);

  heap #(.HEAP_BITS(HEAP_BITS)) u_heap (
    .fault_i   (fault_q),
    .link_len  (link_rd.len),
    .link_next (link_rd.next),
    .*
  );

  hash u_hash (.fault_i (fault_q), .count_hv (count_rd.hv), .*);

  code #(.CODE_BITS(CODE_BITS), .POOL_BITS(POOL_BITS)) u_code (.fault_i (fault_q), .*);

  retire u_retire (.fault_i (fault_q), .*);

  port u_port (.*);

  loader u_loader (.fault_i (fault_q), .*);

  state u_state (.*);

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      assert ($countones({x_cells_re, z_cells_re, p_cells_re}) <= 1);
      assert (!(x_cells_we && l_cells_we));
      assert ($countones({k_count_re, x_count_re, z_count_re}) <= 1);
      assert ($countones({k_count_we, x_count_we, z_count_we, l_count_we}) <= 1);
      assert (!(p_link_re && z_link_re));
      assert (!(p_link_we && z_link_we));
      // The call goes on in one way.
      assert ($countones({x_jumps, l_start, raise, x_ends}) <= 1);
    end
  end
`endif

endmodule

`default_nettype wire
