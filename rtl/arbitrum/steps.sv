// SPDX-License-Identifier: MIT OR Apache-2.0
// Steps: what X does in this cycle, from its instruction, its step, and what it waits for. Combinational.
//
//   0      everything that comes before an instruction (capacity, window, counts, immediate, depth, gas), then its own
//          beginning; most instructions are done with it
//   1      the exact look at the gas
//   2, 3   second and third cycles; 3 also waits for arith
//   3 to 5 tset, xset: in place, or a copy cell by cell
//   6      waits for a free block, and cuts one if there is nothing to release
//   7 to 9 hashes; keccakf; pushinsn, pushinsnimm
//   8 to 10, 13  instructions of the host: operands, which go from the stack as they are sent, answer, results
//   10     keccakf and inbox write their tuple
//   12     an instruction that failed: immediate and operands go, then the exception is raised
//   14, 15 inbox: a free block
`default_nettype none

module steps #(
  parameter int unsigned DATA_BITS = 10,
  parameter int unsigned AUX_BITS = 13
) (
  input  logic [5:0]  fault_i,
  // Instruction.
  input  logic        x_v_q,
  input  logic        w_bad_q,
  input  logic [7:0]  x_op_q,
  input  logic [2:0]  x_pops,
  input  logic        x_auxpops,
  input  logic        x_cheap,
  input  logic        x_split,
  input  logic        x_grow,
  input  logic [1:0]  x_results,
  input  logic [4:0]  x_class,
  input  logic        x_imm_v_q,
  input  logic        x_had_q,
  input  logic [3:0]  x_step_q,
  input  logic        x_gas_q,
  input  logic        x_bad_q,
  input  logic [2:0]  x_n_q,
  input  logic        x_na_q,
  input  logic        x_one_q,
  input  logic [3:0]  x_i_q,
  // Operands.
  input  logic        x_by_hash,    // eq needs hashes
  input  logic        x_wrong,      // their types, or a divisor of 0, or an index
  input  logic        x_copied,     // slot x_i_q is the tuple's last one
  input  logic        x_cell_int,   // the cell that was read is an Integer
  input  logic        x_low_only,   // the high half of A is 0: it is not sent
  // Other rooms.
  input  logic [10:0] s_depth_q,
  input  logic        s_high,
  input  logic        s_low,
  input  logic [13:0] t_depth_q,
  input  logic        t_ready,
  input  logic        k_many,
  input  logic        k_none,
  input  logic        k_idle,
  input  logic        x_count_one,  // the tuple that was looked at is referred to once
  input  logic        p_have,
  input  logic        p_work,
  input  logic        p_full,
  input  logic        p_test,
  input  logic        p_rest,
  input  logic        g_borrow_q,
  input  logic        g_plenty_q,
  input  logic        g_short_q,
  input  logic        c_full,
  input  logic        e_done,
  input  logic        z_done,
  input  logic        z_kec_busy,
  input  logic        h_free,
  input  logic        h_beat_q,
  input  logic        h_last_q,
  input  logic [1:0]  h_bits,       // of h_data_q
  // How it goes on.
  output logic        x_done,
  output logic        x_raise,
  output logic        x_under,      // fails: underflow, gas, error
  output logic        x_short,
  output logic        x_fails,
  output logic        x_ends,       // the call ends, with x_outcome
  output logic [2:0]  x_outcome,
  output logic [3:0]  step_d,
  // Stacks.
  output logic        x_spill,
  output logic        x_fill,
  output logic        x_imm_push,
  output logic        x_drops,      // outside of an update of its own
  output logic        x_unpop,      // the aux top goes
  output logic        x_beat_push,
  // Gas.
  output logic        x_check,
  output logic        x_prepay,     // pushgas pays first
  // Registers of X.
  output logic        bad_we,
  output logic        coarse_we,
  output logic        hash_we,
  output logic        beat_we,
  output logic        i_clear,
  output logic        i_inc,
  output logic        n_pops,
  output logic        n_clear,
  output logic        n_dec,
  output logic        n_inc,
  output logic        na_clear,
  output logic        one_we,
  output logic        old_we,
  output logic        new_we,
  // Units and RAMs.
  output logic        x_arith,
  output logic        x_hash_value,
  output logic        x_hash_pair,
  output logic        x_hash_code,
  output logic        x_kec_clear,
  output logic        x_kec_xor,
  output logic        x_kec_start,
  output logic        x_cells_re,
  output logic        x_cells_we,
  output logic        x_count_re,
  output logic        x_count_we,
  output logic        x_link_re,
  output logic        x_alloc,
  output logic        x_cut,
  output logic        x_copy,       // the slot that is copied keeps its value
  output logic        x_req,
  output logic [3:0]  x_req_kind
);

  logic active;
  logic capacity;
  logic need;      // of operands that are not there
  logic look;      // the gas has to be looked at
  logic locks;
  logic waits;
  logic begins;    // the class's own step 0

  assign active   = x_v_q && !w_bad_q;
  assign capacity = (!x_had_q && s_depth_q + {10'd0, x_imm_v_q} + {10'd0, x_grow} > 11'(1 << DATA_BITS))
      || (x_op_q == arbitrum_pkg::OP_AUXPUSH && t_depth_q == 14'(1 << AUX_BITS));
  assign need     = s_depth_q + {10'd0, x_imm_v_q} < {8'd0, x_pops} || (x_auxpops && t_depth_q == 14'd0);
  assign look     = !x_gas_q && (!x_cheap || !g_plenty_q);

  always_comb begin : waiting
    locks = 1'b0;
    waits = 1'b0;
    case (x_class)
      arbitrum_pkg::CLASS_PUSH: waits = x_op_q == arbitrum_pkg::OP_AUXPOP && !t_ready
          && fault_i != arbitrum_pkg::FAULT_AUX_STALE; // fault aux_stale
      arbitrum_pkg::CLASS_GET: waits = p_test;
      arbitrum_pkg::CLASS_EQ: locks = x_by_hash;
      arbitrum_pkg::CLASS_HOST: locks = x_op_q == arbitrum_pkg::OP_LOG;
      arbitrum_pkg::CLASS_SET2, arbitrum_pkg::CLASS_HASH, arbitrum_pkg::CLASS_KECCAK, arbitrum_pkg::CLASS_INSN,
      arbitrum_pkg::CLASS_INBOX: locks = 1'b1;
      default: locks = 1'b0;
    endcase
    if (locks) waits = !k_none || !p_rest; // what is being counted is written before anybody looks
  end

  always_comb begin : step
    x_done       = 1'b0;
    x_raise      = 1'b0;
    x_under      = 1'b0;
    x_short      = 1'b0;
    x_fails      = 1'b0;
    x_ends       = 1'b0;
    x_outcome    = arbitrum_pkg::OUTCOME_CAPACITY;
    step_d       = x_step_q;
    x_spill      = 1'b0;
    x_fill       = 1'b0;
    x_imm_push   = 1'b0;
    x_drops      = 1'b0;
    x_unpop      = 1'b0;
    x_beat_push  = 1'b0;
    x_check      = 1'b0;
    x_prepay     = 1'b0;
    bad_we       = 1'b0;
    coarse_we    = 1'b0;
    hash_we      = 1'b0;
    beat_we      = 1'b0;
    i_clear      = 1'b0;
    i_inc        = 1'b0;
    n_pops       = 1'b0;
    n_clear      = 1'b0;
    n_dec        = 1'b0;
    n_inc        = 1'b0;
    na_clear     = 1'b0;
    one_we       = 1'b0;
    old_we       = 1'b0;
    new_we       = 1'b0;
    x_arith      = 1'b0;
    x_hash_value = 1'b0;
    x_hash_pair  = 1'b0;
    x_hash_code  = 1'b0;
    x_kec_clear  = 1'b0;
    x_kec_xor    = 1'b0;
    x_kec_start  = 1'b0;
    x_cells_re   = 1'b0;
    x_cells_we   = 1'b0;
    x_count_re   = 1'b0;
    x_count_we   = 1'b0;
    x_link_re    = 1'b0;
    x_alloc      = 1'b0;
    x_cut        = 1'b0;
    x_copy       = 1'b0;
    x_req        = 1'b0;
    x_req_kind   = arbitrum_pkg::REQUEST_ARG;
    begins       = 1'b0;
    if (active) begin
      case (x_step_q)
        4'd0: begin
          if (capacity) begin
            x_ends = 1'b1;
          end else if (s_high) begin
            x_spill = 1'b1;
          end else if (s_low) begin
            x_fill = 1'b1;
          end else if (k_many) begin
            step_d = 4'd0;
          end else if (x_split && x_imm_v_q) begin
            x_imm_push = 1'b1;
          end else if (need) begin
            x_under = 1'b1;
          end else if (look) begin
            x_check = !g_borrow_q;
            if (!g_borrow_q) step_d = 4'd1;
          end else begin
            begins = !waits;
          end
          if (begins) begin
            case (x_class)
              arbitrum_pkg::CLASS_EQ: begin
                x_done       = !x_by_hash;
                x_hash_value = x_by_hash;
                bad_we       = x_by_hash;
                if (x_by_hash) step_d = 4'd7;
              end
              arbitrum_pkg::CLASS_SHIFT: begin
                bad_we    = 1'b1;
                coarse_we = 1'b1;
                step_d    = 4'd2;
              end
              arbitrum_pkg::CLASS_MUL, arbitrum_pkg::CLASS_DIV, arbitrum_pkg::CLASS_MOD, arbitrum_pkg::CLASS_EXP,
              arbitrum_pkg::CLASS_SHA: begin
                bad_we  = 1'b1;
                x_arith = 1'b1;
                step_d  = 4'd3;
              end
              arbitrum_pkg::CLASS_GAS: begin
                bad_we   = x_op_q == arbitrum_pkg::OP_SETGAS;
                x_prepay = x_op_q == arbitrum_pkg::OP_PUSHGAS;
                step_d   = 4'd2;
              end
              arbitrum_pkg::CLASS_GET: begin
                bad_we     = 1'b1;
                x_cells_re = !x_wrong;
                step_d     = 4'd2;
              end
              arbitrum_pkg::CLASS_SET2: begin
                bad_we     = 1'b1;
                x_cells_re = !x_wrong;
                x_count_re = !x_wrong;
                step_d     = 4'd2;
              end
              arbitrum_pkg::CLASS_HASH: begin
                bad_we       = x_op_q == arbitrum_pkg::OP_ETHHASH2;
                x_hash_pair  = x_op_q == arbitrum_pkg::OP_ETHHASH2;
                x_hash_value = x_op_q == arbitrum_pkg::OP_HASH;
                step_d       = 4'd7;
              end
              arbitrum_pkg::CLASS_KECCAK: begin
                bad_we      = 1'b1;
                x_kec_clear = 1'b1;
                x_count_re  = !x_wrong;
                i_clear     = 1'b1;
                step_d      = 4'd7;
              end
              arbitrum_pkg::CLASS_INSN: begin
                bad_we = 1'b1;
                step_d = 4'd7;
              end
              arbitrum_pkg::CLASS_HOST: begin
                n_pops  = 1'b1;
                i_clear = 1'b1;
                if (x_op_q == arbitrum_pkg::OP_LOG) begin
                  x_hash_value = 1'b1;
                  step_d       = 4'd7;
                end else begin
                  bad_we = 1'b1;
                  step_d = 4'd8;
                end
              end
              arbitrum_pkg::CLASS_INBOX: begin
                x_ends = x_op_q == arbitrum_pkg::OP_INBOXPEEK;
                if (!x_ends) step_d = 4'd8;
              end
              arbitrum_pkg::CLASS_PAIRING: x_ends = 1'b1;
              default: begin
                x_done = 1'b1;
                if (x_class == arbitrum_pkg::CLASS_HALT) begin
                  x_ends    = 1'b1;
                  x_outcome = arbitrum_pkg::OUTCOME_HALTED;
                end
              end
            endcase
          end
        end
        4'd1: begin
          x_short = g_short_q;
          step_d  = 4'd0;
        end
        4'd2: begin
          // pushgas waits for the borrow; tset and xset need a block unless the tuple is referred to once.
          if (x_bad_q) begin
            x_fails = 1'b1;
          end else if (x_class == arbitrum_pkg::CLASS_SET2) begin
            if (!x_count_one && !p_have) begin
              step_d = 4'd6;
            end else begin
              one_we = 1'b1;
              old_we = 1'b1;
              step_d = 4'd3;
            end
          end else begin
            x_done = !(x_op_q == arbitrum_pkg::OP_PUSHGAS && g_borrow_q);
          end
        end
        4'd3: begin
          if (x_class == arbitrum_pkg::CLASS_SET2) begin
            if (x_one_q) begin
              x_cells_we = 1'b1;
              x_count_we = 1'b1;
              x_done     = 1'b1;
            end else begin
              x_link_re = 1'b1;
              step_d    = 4'd4;
            end
          end else if (e_done) begin
            x_fails = x_bad_q;
            x_done  = !x_bad_q;
          end
        end
        4'd4: begin
          x_alloc    = 1'b1;
          new_we     = 1'b1;
          x_count_we = 1'b1;
          x_cells_re = 1'b1;
          i_clear    = 1'b1;
          step_d     = 4'd5;
        end
        4'd5: begin
          x_cells_we = 1'b1;
          x_copy     = 1'b1;
          x_cells_re = !x_copied;
          i_inc      = !x_copied;
          x_done     = x_copied;
        end
        4'd6: begin
          if (p_have) begin
            step_d = x_class == arbitrum_pkg::CLASS_INBOX ? 4'd14 : 4'd0;
          end else if (!p_work) begin
            x_ends = p_full;
            x_cut  = !p_full;
          end
        end
        4'd7: begin
          case (x_class)
            arbitrum_pkg::CLASS_EQ: if (z_done) begin
              hash_we      = 1'b1;
              x_hash_value = 1'b1;
              step_d       = 4'd8;
            end
            arbitrum_pkg::CLASS_HASH: if (z_done) begin
              x_fails = x_bad_q;
              x_done  = !x_bad_q;
            end
            arbitrum_pkg::CLASS_KECCAK: begin
              if (x_bad_q) begin
                x_fails = 1'b1;
              end else begin
                one_we     = 1'b1;
                x_cells_re = x_count_one || p_have;
                step_d     = x_count_one || p_have ? 4'd8 : 4'd6;
              end
            end
            arbitrum_pkg::CLASS_INSN: begin
              if (x_bad_q) begin
                x_fails = 1'b1;
              end else if (c_full) begin
                x_ends = 1'b1;
              end else begin
                x_hash_value = x_op_q == arbitrum_pkg::OP_PUSHINSNIMM;
                x_hash_code  = x_op_q == arbitrum_pkg::OP_PUSHINSN;
                step_d       = x_op_q == arbitrum_pkg::OP_PUSHINSNIMM ? 4'd8 : 4'd9;
              end
            end
            default: if (z_done) begin // log
              hash_we = 1'b1;
              step_d  = 4'd8;
            end
          endcase
        end
        4'd8: begin
          case (x_class)
            arbitrum_pkg::CLASS_EQ: x_done = z_done;
            arbitrum_pkg::CLASS_KECCAK: begin
              if (!x_cell_int) begin
                x_fails = 1'b1;
              end else begin
                x_kec_xor = 1'b1;
                if (x_i_q != 4'd6) begin
                  x_cells_re = 1'b1;
                  i_inc      = 1'b1;
                end else begin
                  x_kec_start = 1'b1;
                  i_clear     = 1'b1;
                  x_link_re   = !x_one_q;
                  step_d      = 4'd9;
                end
              end
            end
            arbitrum_pkg::CLASS_INSN: if (z_done) begin
              x_hash_code = 1'b1;
              step_d      = 4'd9;
            end
            arbitrum_pkg::CLASS_HOST: begin
              if (x_bad_q) begin
                x_fails = 1'b1;
              end else if (h_free) begin
                x_req = 1'b1;
                if (x_i_q[0] || x_low_only) begin
                  x_drops = 1'b1;
                  n_dec   = 1'b1;
                  i_clear = 1'b1;
                  if (x_n_q == 3'd1) step_d = 4'd9;
                end else begin
                  i_inc = 1'b1;
                end
                if (x_i_q[0]) x_req_kind = arbitrum_pkg::REQUEST_ARG_HIGH;
              end
            end
            default: if (h_free) begin // inbox
              x_req      = 1'b1;
              x_req_kind = arbitrum_pkg::REQUEST_HOST;
              step_d     = 4'd9;
            end
          endcase
        end
        4'd9: begin
          case (x_class)
            arbitrum_pkg::CLASS_KECCAK: if (!z_kec_busy) begin
              x_alloc    = !x_one_q;
              new_we     = 1'b1;
              x_count_we = 1'b1;
              step_d     = 4'd10;
            end
            arbitrum_pkg::CLASS_INSN: x_done = z_done;
            arbitrum_pkg::CLASS_HOST: if (h_free) begin
              x_req      = 1'b1;
              x_req_kind = arbitrum_pkg::REQUEST_HOST;
              x_done     = x_op_q == arbitrum_pkg::OP_LOG; // nothing is answered
              step_d     = 4'd10;
            end
            default: if (h_beat_q) begin // inbox
              if (h_bits[1]) begin
                x_drops   = x_had_q;
                x_ends    = 1'b1;
                x_outcome = arbitrum_pkg::OUTCOME_BLOCKED;
              end else begin
                step_d = 4'd14;
              end
            end
          endcase
        end
        4'd10: begin
          case (x_class)
            arbitrum_pkg::CLASS_KECCAK: begin
              x_cells_we = 1'b1;
              i_inc      = 1'b1;
              x_done     = x_i_q == 4'd6;
            end
            arbitrum_pkg::CLASS_HOST: if (h_beat_q) begin
              x_fails = h_bits[0];
              x_done  = !h_bits[0] && x_results == 2'd0;
              step_d  = 4'd13;
              n_clear = !h_bits[0];
            end
            default: if (h_beat_q) begin // inbox
              beat_we    = 1'b1;
              n_inc      = 1'b1;
              x_cells_we = x_n_q[1:0] == 2'd3;
              i_inc      = x_n_q[1:0] == 2'd3;
              x_done     = h_last_q;
            end
          endcase
        end
        4'd12: begin
          if (k_many) begin
            step_d = 4'd12;
          end else if (x_imm_v_q) begin
            x_imm_push = 1'b1;
          end else if (x_n_q != 3'd0) begin
            x_drops = 1'b1;
            n_dec   = 1'b1;
          end else if (x_na_q) begin
            x_unpop  = t_ready;
            na_clear = t_ready;
          end else begin
            x_raise = 1'b1;
          end
        end
        4'd13: if (h_beat_q) begin
          beat_we     = 1'b1;
          n_inc       = 1'b1;
          x_beat_push = x_n_q[1:0] == 2'd3;
          x_done      = h_last_q;
        end
        4'd14: begin
          if (!p_have) begin
            step_d = 4'd6;
          end else if (h_free && k_idle && p_rest) begin
            x_req      = 1'b1;
            x_req_kind = arbitrum_pkg::REQUEST_PULL;
            x_link_re  = 1'b1;
            step_d     = 4'd15;
          end
        end
        default: begin // 15
          x_alloc    = 1'b1;
          new_we     = 1'b1;
          x_count_we = 1'b1;
          n_clear    = 1'b1;
          i_clear    = 1'b1;
          step_d     = 4'd10;
        end
      endcase
      if (x_under || x_short || x_fails) step_d = 4'd12;
    end
  end

endmodule

`default_nettype wire
