// SPDX-License-Identifier: MIT OR Apache-2.0
// Execute: X, in which every instruction is done, in order, in one cycle or in steps (steps.sv).
//
// This file has X's registers and makes of the step's decisions what other rooms need: operands, the stacks' updates,
// redirect and end, addresses and data for the RAMs and the engine. What becomes the top of the stack is in result.sv,
// whether the operands' types are right in types.sv, which counts change in events.sv, arithmetic of one cycle in
// alu.sv, shifts in shift.sv, requests to the host in send.sv.
//
// Operands: o0 is the immediate if there is one (x_imm_v_q), then A, B, and the window's first cell follow. Nothing
// is committed in a cycle with w_bad_q: the instruction before has failed.
`default_nettype none

module execute #(
  parameter int unsigned DATA_BITS = 10,
  parameter int unsigned AUX_BITS = 13
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // From I.
  input  logic         i_v_q,
  input  logic [15:0]  i_pc_q,
  input  logic [7:0]   i_op_q,
  input  logic [1:0]   i_kind_q,
  input  logic [15:0]  i_imm_q,
  input  logic [15:0]  i_next_q,
  input  arbitrum_pkg::cell_t pool_rd,
  input  logic         l_legacy_q,
  output logic         x_take,
  // Control.
  input  logic         redirect,
  input  logic         stop,
  input  logic         w_bad_q,
  output logic         x_done,
  output logic         x_raise,
  output logic         x_verdict,
  output logic         x_result,
  output logic         x_jumps,
  output logic [15:0]  x_target,
  output logic [15:0]  x_onward,
  output logic         x_ends,
  output logic [2:0]   x_outcome,
  // Data stack.
  input  arbitrum_pkg::cell_t s_a_q,
  input  arbitrum_pkg::cell_t s_b_q,
  input  arbitrum_pkg::cell_t win_rd0,
  input  logic [1:0]   win_tag1,    // of the cell under it
  input  logic [10:0]  s_depth_q,
  input  logic         s_high,
  input  logic         s_low,
  output logic         x_push,
  output logic         x_replace,
  output logic         x_drop,
  output logic         x_drop2,
  output logic         x_binary,
  output logic         x_ternary,
  output logic         x_swap1,
  output logic         x_swap2,
  output logic         x_spill,
  output logic         x_fill,
  output arbitrum_pkg::cell_t x_top,
  // Aux stack.
  input  arbitrum_pkg::cell_t t_top_q,
  input  logic [13:0]  t_depth_q,
  input  logic         t_ready,
  output logic         x_aux_push,
  output logic         x_aux_pop,
  output logic         x_aux_set,
  output arbitrum_pkg::cell_t x_aux_new,
  // State of the machine.
  input  arbitrum_pkg::cell_t n_reg_q,
  input  arbitrum_pkg::cell_t n_static_q,
  input  logic [15:0]  n_err_q,
  output logic         x_rset,
  output logic         x_errset,
  output arbitrum_pkg::cell_t x_o0,
  // Gas.
  input  logic         g_borrow_q,
  input  logic         g_plenty_q,
  input  logic         g_short_q,
  input  logic [63:0]  g_lo_q,
  input  logic [191:0] g_hi_q,
  output logic         x_charge,
  output logic         x_five,
  output logic         x_gas_all,
  output logic         x_gas_set,
  output logic         x_check,
  output logic [16:0]  x_price,
  output logic         x_cheap,
  // Arithmetic.
  input  logic         e_done,
  input  logic [255:0] e_result,
  output logic         x_arith,
  output logic [255:0] x_p0,
  output logic [255:0] x_p1,
  output logic [255:0] x_p2,
  output logic [256:0] x_sum,
  // Counts.
  input  logic         k_many,
  input  logic         k_none,
  input  logic         k_idle,
  input  logic [15:0]  count_n,     // references to the tuple that was looked at
  output logic         x_inc,
  output logic [15:0]  x_inc_a,
  output logic         x_d0,
  output logic [15:0]  x_d0_a,
  output logic [3:0]   x_d0_l,
  output logic         x_d1,
  output logic [15:0]  x_d1_a,
  output logic [3:0]   x_d1_l,
  output logic         x_d2,
  output logic [15:0]  x_d2_a,
  output logic [3:0]   x_d2_l,
  output logic         x_feed,
  output logic [15:0]  x_feed_a,
  output logic         x_count_re,
  output logic         x_count_we,
  output logic [15:0]  x_count_wa,
  output arbitrum_pkg::count_t x_count_wd,
  // Tuples.
  input  arbitrum_pkg::cell_t cells_rd,
  input  logic [15:0]  p_first,
  input  logic         p_have,
  input  logic         p_work,
  input  logic         p_full,
  input  logic         p_test,
  input  logic         p_rest,
  output logic [15:0]  x_tuple_a,   // of the one that is read or changed
  output logic         x_cells_re,
  output logic [15:0]  x_cells_ra,
  output logic         x_cells_we,
  output logic [15:0]  x_cells_wa,
  output arbitrum_pkg::cell_t x_cells_wd,
  output logic [1:0]   x_size,
  output logic         x_link_re,
  output logic         x_alloc,
  output logic         x_cut,
  // Hashes.
  input  logic         z_done,
  input  logic [255:0] z_r_q,
  input  logic         z_kec_busy,
  input  logic [1599:0] z_kec_state,
  output logic         x_hash_value,
  output logic         x_hash_pair,
  output logic         x_hash_code,
  output arbitrum_pkg::cell_t x_hash_v,
  output logic [255:0] x_hash_first,
  output logic         x_kec_clear,
  output logic         x_kec_xor,
  output logic [24:0]  x_kec_sel,
  output logic [255:0] x_kec_data,
  output logic         x_kec_start,
  // New code words.
  input  logic         c_full,
  input  logic [15:0]  c_top_q,
  output logic         x_insn_we,
  output logic         x_insn_imm,
  output logic [7:0]   x_insn_op,
  output arbitrum_pkg::cell_t x_insn_value,
  output logic [15:0]  x_insn_next,
  // Host.
  input  logic         h_free,
  input  logic         h_beat_q,
  input  logic         h_last_q,
  input  logic [63:0]  h_data_q,
  output logic         x_req,
  output arbitrum_pkg::request_t x_request,
  // Registers.
  output logic         x_v_q,
  output logic [4:0]   x_class,
  output logic [3:0]   x_step_q,
  output logic [7:0]   x_op_q,
  output logic [15:0]  x_pc_q,
  output logic [1:0]   x_exc_q
);

  logic [1:0]  x_kind_q;
  logic        x_imm_v_q;
  logic        x_had_q;
  arbitrum_pkg::cell_t x_imm_q;
  logic [15:0] x_next_q;
  /* verilator lint_off UNUSEDSIGNAL */ // whether it is valid, only the class says
  arbitrum_pkg::row_t x_dec_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic        x_gas_q;
  logic        x_bad_q;
  logic [2:0]  x_n_q;
  logic        x_na_q;
  logic        x_one_q;
  logic [20:0] x_old_q;
  logic [15:0] x_new_q;
  logic [3:0]  x_i_q;
  logic [255:0] x_r_q;

  assign x_class = x_dec_q.cls;
  assign x_price = x_dec_q.gas;
  assign x_cheap = x_dec_q.cheap;

  // ---- Operands ----

  arbitrum_pkg::cell_t o1;
  arbitrum_pkg::cell_t o2;

  assign x_o0 = x_imm_v_q ? x_imm_q : s_a_q;
  assign o1   = x_imm_v_q ? s_a_q : s_b_q;
  assign o2   = x_imm_v_q ? s_b_q : win_rd0;
  assign x_p0 = x_o0.payload;
  assign x_p1 = o1.payload;
  assign x_p2 = o2.payload;

  logic int0;
  logic code0;
  logic same_tag;
  logic by_hash;
  logic zero1;
  logic zero2;

  assign int0     = x_o0.tag == arbitrum_pkg::TAG_INT;
  assign code0    = x_o0.tag == arbitrum_pkg::TAG_CODE;
  assign same_tag = x_o0.tag == o1.tag;
  assign zero1    = x_p1 == 256'd0;
  assign zero2    = x_p2 == 256'd0;
  // Values that are not numbers: 32 bits of payload are in use, the length of a tuple in 19..16.
  assign by_hash  = same_tag && !int0 && x_p0[31:0] != x_p1[31:0]
      && (x_o0.tag != arbitrum_pkg::TAG_TUPLE || x_p0[19:16] == x_p1[19:16]);

  // The tuple of tget, tset, xget, xset, keccakf; index and value.
  logic        of_aux;
  logic        is_keccak;
  logic [1:0]  tuple_tag;
  logic [19:0] x_tuple;   // its length and address
  arbitrum_pkg::cell_t value;
  logic        indexed;   // the index is one of the tuple's
  logic [3:0]  length;

  assign of_aux    = x_op_q == arbitrum_pkg::OP_XGET || x_op_q == arbitrum_pkg::OP_XSET;
  assign is_keccak = x_class == arbitrum_pkg::CLASS_KECCAK;
  assign x_tuple   = is_keccak ? s_a_q.payload[19:0] : of_aux ? t_top_q.payload[19:0] : x_p1[19:0];
  assign tuple_tag = is_keccak ? s_a_q.tag : of_aux ? t_top_q.tag : o1.tag;
  assign x_tuple_a = x_tuple[15:0];
  assign length    = x_tuple[19:16];
  assign value     = x_op_q == arbitrum_pkg::OP_XSET ? o1 : o2;
  assign indexed   = int0 && x_p0[255:4] == 252'd0 && tuple_tag == arbitrum_pkg::TAG_TUPLE && x_p0[3:0] < length;

  // ---- Types ----

  logic wrong;

  types u_types (
    .x_pops   (x_dec_q.pops),
    .x_tag0   (x_o0.tag),
    .x_tag1   (o1.tag),
    .x_tag2   (o2.tag),
    .x_tag3   (win_tag1),
    .x_zero1  (zero1),
    .x_zero2  (zero2),
    .x_index  (indexed),
    .x_lanes  (tuple_tag == arbitrum_pkg::TAG_TUPLE && length == 4'd7),
    .x_wrong  (wrong),
    .*
  );

  // ---- Steps ----

  logic [3:0] step_d;
  logic       x_under;
  logic       x_short;
  logic       x_fails;
  logic       x_imm_push;
  logic       x_drops;
  logic       x_unpop;
  logic       x_beat_push;
  logic       x_prepay;
  logic       bad_we;
  logic       coarse_we;
  logic       hash_we;
  logic       beat_we;
  logic       i_clear;
  logic       i_inc;
  logic       n_pops;
  logic       n_clear;
  logic       n_dec;
  logic       n_inc;
  logic       na_clear;
  logic       one_we;
  logic       old_we;
  logic       new_we;
  logic       x_copy;
  logic       x_low_only;
  logic [3:0] x_req_kind;
  logic       count_one;
  logic [3:0] i_d;

  assign i_d       = x_i_q + 4'd1;
  assign count_one = count_n == 16'd1
      || (fault_i == arbitrum_pkg::FAULT_COUNT_ONE && x_class == arbitrum_pkg::CLASS_SET2); // fault count_one

  steps #(.DATA_BITS(DATA_BITS), .AUX_BITS(AUX_BITS)) u_steps (
    .x_pops      (x_dec_q.pops),
    .x_auxpops   (x_dec_q.auxpops),
    .x_split     (x_dec_q.split),
    .x_grow      (x_dec_q.grow),
    .x_results   (x_dec_q.push),
    .x_by_hash   (by_hash),
    .x_wrong     (wrong),
    .x_copied    (i_d == length),
    .x_cell_int  (cells_rd.tag == arbitrum_pkg::TAG_INT),
    .x_count_one (count_one),
    .h_bits      (h_data_q[1:0]),
    .*
  );

  // ---- The data stack's update ----

  logic [2:0] takes;   // operands that come off the stack; 7 is -1
  logic       usual;   // the instruction is done, and its row says with which update
  logic       one;     // it has a result

  assign takes     = x_dec_q.pops - {2'b00, x_imm_v_q};
  assign usual     = x_done && x_class != arbitrum_pkg::CLASS_DUP && x_class != arbitrum_pkg::CLASS_SWAP
      && x_class != arbitrum_pkg::CLASS_HOST && x_class != arbitrum_pkg::CLASS_INBOX;
  assign one       = x_dec_q.push != 2'd0;
  assign x_result  = one;
  assign x_push    = x_imm_push || x_beat_push || (usual && (takes == 3'd7 || (one && takes == 3'd0)))
      || (x_done && (x_class == arbitrum_pkg::CLASS_DUP || x_class == arbitrum_pkg::CLASS_INBOX));
  assign x_replace = usual && one && takes == 3'd1;
  assign x_binary  = usual && one && takes == 3'd2;
  assign x_ternary = usual && one && takes == 3'd3;
  assign x_drop    = x_drops || (usual && !one && takes == 3'd1);
  assign x_drop2   = usual && !one && takes == 3'd2;
  assign x_swap1   = x_done && x_op_q == arbitrum_pkg::OP_SWAP1;
  assign x_swap2   = x_done && x_op_q == arbitrum_pkg::OP_SWAP2;

  logic [255:0] alu_result;
  logic         alu_test;
  logic         unused_equal;
  logic [255:0] coarse;
  logic [255:0] fine;

  alu u_alu (
    .fault_i  (fault_i),
    .op_i     (x_op_q),
    .a_i      (x_p0),
    .b_i      (x_p1),
    .sum_o    (x_sum),
    .result_o (alu_result),
    .test_o   (alu_test),
    .equal_o  (unused_equal)
  );

  shift u_shift (
    .fault_i  (fault_i),
    .op_i     (x_op_q),
    .n_i      (x_p0),
    .value_i  (x_p1),
    .coarse_i (x_r_q),
    .coarse_o (coarse),
    .fine_o   (fine)
  );

  result u_result (
    .x_split    (x_dec_q.split),
    .x_two_go   (takes == 3'd2),
    .x_same_tag (same_tag),
    .s_empty    (s_depth_q == 11'd0),
    .t_empty    (t_depth_q == 14'd0),
    .*
  );

  // ---- Where it goes on ----

  logic jump;
  logic fixed;  // a jump to its immediate: D has gone there

  assign jump     = x_class == arbitrum_pkg::CLASS_JUMP;
  assign fixed    = x_imm_v_q && x_kind_q == arbitrum_pkg::KIND_CODE;
  assign x_target = code0 ? x_p0[15:0] : 16'd0;
  assign x_jumps  = x_done && ((jump && !fixed) || (x_class == arbitrum_pkg::CLASS_CJUMP && !zero1));
  assign x_onward = x_jumps || jump ? x_target : x_next_q;
  assign x_take   = !x_v_q || x_done;

  // ---- Aux stack, state, gas ----

  assign x_aux_push = x_done && x_op_q == arbitrum_pkg::OP_AUXPUSH;
  assign x_aux_pop  = x_unpop || (x_done && x_op_q == arbitrum_pkg::OP_AUXPOP);
  assign x_aux_set  = x_done && x_op_q == arbitrum_pkg::OP_XSET;
  assign x_aux_new  = x_op_q == arbitrum_pkg::OP_XSET
      ? {arbitrum_pkg::TAG_TUPLE, 236'd0, length, x_one_q ? x_tuple[15:0] : x_new_q} : x_o0;
  assign x_rset     = x_done && x_op_q == arbitrum_pkg::OP_RSET;
  assign x_errset   = x_done && x_op_q == arbitrum_pkg::OP_ERRSET;

  assign x_gas_set  = x_done && x_op_q == arbitrum_pkg::OP_SETGAS;
  assign x_charge   = (x_done && x_class != arbitrum_pkg::CLASS_GAS) || x_fails || x_prepay;
  assign x_five     = x_under;
  assign x_gas_all  = x_short;

  // ---- Counts ----

  logic [20:0] counted_cell;

  assign counted_cell = counted(cells_rd.tag, cells_rd.payload[19:0]);
  assign x_feed       = x_copy && counted_cell[20] && x_i_q != x_p0[3:0];
  assign x_feed_a     = cells_rd.payload[15:0];

  // Whether the cell is a tuple with cells, its length and address.
  function automatic logic [20:0] counted(input logic [1:0] tag, input logic [19:0] low);
    counted = {tag == arbitrum_pkg::TAG_TUPLE && low[19:16] != 4'd0, low};
  endfunction

  events u_events (
    .x_pops     (x_dec_q.pops),
    .x_c_imm    (counted(x_imm_q.tag, x_imm_q.payload[19:0])),
    .x_c_a      (counted(s_a_q.tag, s_a_q.payload[19:0])),
    .x_c_b      (counted(s_b_q.tag, s_b_q.payload[19:0])),
    .x_c_w0     (counted(win_rd0.tag, win_rd0.payload[19:0])),
    .x_c_static (counted(n_static_q.tag, n_static_q.payload[19:0])),
    .x_c_reg    (counted(n_reg_q.tag, n_reg_q.payload[19:0])),
    .x_c_top    (counted(t_top_q.tag, t_top_q.payload[19:0])),
    .x_c_cell   (counted_cell),
    .x_c_tuple  ({length != 4'd0, x_tuple}),
    .*
  );

  // ---- RAMs of tuples ----

  logic [15:0]   new_d;
  logic [3:0]    slot;
  logic [1791:0] lanes;   // as seven cells

  assign new_d      = x_one_q && is_keccak ? x_tuple[15:0] : p_first;
  assign lanes      = {192'd0, z_kec_state};
  assign x_cells_ra = x_tuple[15:0] + {12'd0, slot};
  assign x_cells_wa = x_class == arbitrum_pkg::CLASS_SET2 && x_step_q == 4'd3
      ? x_tuple[15:0] + {12'd0, x_p0[3:0]} : x_new_q + {12'd0, x_i_q};
  assign x_count_wa = x_class == arbitrum_pkg::CLASS_SET2 && x_step_q == 4'd3 ? x_tuple[15:0] : new_d;
  assign x_count_wd = {fault_i == arbitrum_pkg::FAULT_HASH_KEPT && x_step_q == 4'd3, 16'd1}; // fault hash_kept

  always_comb begin : slot_to_read
    case (x_step_q)
      4'd0: slot = x_p0[3:0];
      4'd5, 4'd8: slot = i_d;
      default: slot = 4'd0;
    endcase
  end

  always_comb begin : cell_to_write
    if (is_keccak) begin
      x_cells_wd = {arbitrum_pkg::TAG_INT, lanes[{x_i_q[2:0], 8'd0} +: 256]};
    end else if (x_class == arbitrum_pkg::CLASS_INBOX) begin
      x_cells_wd = {x_i_q == 4'd7 ? arbitrum_pkg::TAG_BUFFER : arbitrum_pkg::TAG_INT, h_data_q, x_r_q[255:64]};
    end else if (x_copy && x_i_q != x_p0[3:0]) begin
      x_cells_wd = cells_rd;
    end else begin
      x_cells_wd = value;
    end
  end

  always_comb begin : size_of_block
    x_size = 2'd3;
    if (x_class == arbitrum_pkg::CLASS_SET2) begin
      if (length == 4'd1) x_size = 2'd0;
      if (length == 4'd2) x_size = 2'd1;
      if (length == 4'd3 || length == 4'd4) x_size = 2'd2;
    end
  end

  // ---- Hashes and code words ----

  assign x_insn_imm   = x_op_q == arbitrum_pkg::OP_PUSHINSNIMM;
  assign x_insn_op    = x_p0[7:0];
  assign x_insn_value = o1;
  assign x_insn_next  = x_insn_imm ? x_p2[15:0] : x_p1[15:0];
  assign x_insn_we    = x_done && x_class == arbitrum_pkg::CLASS_INSN;
  assign x_hash_first = x_p0;

  always_comb begin : what_to_hash
    x_hash_v = x_step_q == 4'd7 || x_op_q == arbitrum_pkg::OP_ETHHASH2 ? o1 : x_o0;
    if (x_class == arbitrum_pkg::CLASS_INSN && (x_step_q == 4'd8 || !x_insn_imm))
      x_hash_v = {2'd0, 224'd0, x_insn_op, 7'd0, x_insn_imm, x_insn_next};
  end

  assign x_kec_data = cells_rd.payload;

  always_comb begin : lanes_of_cell
    x_kec_sel = 25'hf << {x_i_q[2:0], 2'b00};
    if (x_i_q == 4'd6) x_kec_sel = 25'd1 << 24;
  end

  // ---- Host ----

  send u_send (
    .x_high (x_i_q[0]),
    .x_a    (s_a_q.payload),
    .*
  );

  // ---- Registers ----

  logic        loads;     // an instruction comes
  logic        sent;      // the host has the operands: they are not on the stack any more
  logic [11:0] there;     // operands that are there, the immediate included
  arbitrum_pkg::cell_t immediate;

  assign loads = x_take && i_v_q && !redirect && !stop;
  assign sent  = x_class == arbitrum_pkg::CLASS_HOST && x_step_q == 4'd10;
  assign there = {1'b0, s_depth_q} + {11'd0, x_imm_v_q};

  always_comb begin : immediate_of
    case (i_kind_q)
      arbitrum_pkg::KIND_INT: immediate = {arbitrum_pkg::TAG_INT, 240'd0, i_imm_q};
      arbitrum_pkg::KIND_CODE: immediate = {arbitrum_pkg::TAG_CODE, 240'd0, i_imm_q};
      arbitrum_pkg::KIND_POOL: immediate = pool_rd;
      default: immediate = 258'd0;
    endcase
  end

  always_ff @(posedge clk_i) begin : instruction
    if (!rst_ni) begin
      x_v_q     <= 1'b0;
      x_pc_q    <= 16'd0;
      x_op_q    <= 8'd0;
      x_kind_q  <= 2'd0;
      x_imm_v_q <= 1'b0;
      x_had_q   <= 1'b0;
      x_imm_q   <= 258'd0;
      x_next_q  <= 16'd0;
      x_dec_q   <= 32'd0;
      x_step_q  <= 4'd0;
      x_gas_q   <= 1'b0;
      x_bad_q   <= 1'b0;
    end else begin
      if (stop || redirect) begin
        x_v_q <= 1'b0;
      end else if (x_take) begin
        x_v_q <= i_v_q;
      end
      if (loads) begin
        x_pc_q    <= i_pc_q;
        x_op_q    <= i_op_q;
        x_kind_q  <= i_kind_q;
        x_imm_v_q <= i_kind_q != arbitrum_pkg::KIND_NONE;
        x_had_q   <= 1'b0;
        x_imm_q   <= immediate;
        x_next_q  <= i_next_q;
        x_dec_q   <= arbitrum_pkg::decode(i_op_q, l_legacy_q);
        x_step_q  <= 4'd0;
        x_gas_q   <= 1'b0;
        x_bad_q   <= 1'b0;
      end else begin
        x_step_q <= step_d;
        if (x_imm_push) x_imm_v_q <= 1'b0;
        if (x_imm_push && x_step_q == 4'd0) x_had_q <= 1'b1;
        if (x_check) x_gas_q <= 1'b1;
        if (bad_we) x_bad_q <= wrong;
      end
    end
  end

  always_ff @(posedge clk_i) begin : sequence_state
    if (!rst_ni) begin
      x_exc_q <= 2'd0;
      x_n_q   <= 3'd0;
      x_na_q  <= 1'b0;
      x_one_q <= 1'b0;
      x_old_q <= 21'd0;
      x_new_q <= 16'd0;
      x_i_q   <= 4'd0;
      x_r_q   <= 256'd0;
    end else begin
      if (x_under) x_exc_q <= arbitrum_pkg::EXC_UNDERFLOW;
      if (x_short) x_exc_q <= arbitrum_pkg::EXC_GAS;
      if (x_fails) x_exc_q <= arbitrum_pkg::EXC_ERROR;
      if (x_under || x_short || x_fails) begin
        x_n_q  <= sent ? 3'd0 : there < {9'd0, x_dec_q.pops} ? there[2:0] : x_dec_q.pops;
        x_na_q <= x_dec_q.auxpops && t_depth_q != 14'd0;
      end
      if (n_pops) x_n_q <= x_dec_q.pops;
      if (n_clear) x_n_q <= 3'd0;
      if (n_dec) x_n_q <= x_n_q - 3'd1;
      if (n_inc) x_n_q <= {1'b0, x_n_q[1:0] + 2'd1};
      if (na_clear) x_na_q <= 1'b0;
      if (one_we) x_one_q <= count_one;
      if (old_we) x_old_q <= counted_cell;
      if (new_we) x_new_q <= new_d;
      if (i_clear) begin
        x_i_q <= 4'd0;
      end else if (i_inc) begin
        x_i_q <= i_d;
      end
      if (coarse_we) begin
        x_r_q <= coarse;
      end else if (hash_we) begin
        x_r_q <= z_r_q;
      end else if (beat_we) begin
        x_r_q <= {h_data_q, x_r_q[255:64]};
      end
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // An instruction ends in one way.
      assert ($countones({x_done, x_raise, x_under, x_short, x_fails}) <= 1);
      // A result of an instruction of several cycles is right.
      assert (!(x_done && !x_verdict && x_step_q != 4'd0));
    end
  end
`endif

endmodule

`default_nettype wire
