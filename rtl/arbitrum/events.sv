// SPDX-License-Identifier: MIT OR Apache-2.0
// Events: which counts change with what X does in this cycle. Combinational.
//
// An increment for a copy, decrements for what goes, in the order of the operands and without gaps. What only moves has
// no event, and an immediate that goes was never counted.
`default_nettype none

module events (
  input  logic [5:0]   fault_i,
  input  logic         x_done,
  input  logic         x_imm_push,
  input  logic         x_drops,
  input  logic         x_unpop,
  input  logic [3:0]   x_step_q,
  input  logic [4:0]   x_class,
  input  logic [7:0]   x_op_q,
  input  logic [2:0]   x_pops,
  input  logic         x_imm_v_q,
  input  logic         x_one_q,
  input  logic [20:0]  x_old_q,
  // Counted, length and address of cells.
  input  logic [20:0]  x_c_imm,
  input  logic [20:0]  x_c_a,
  input  logic [20:0]  x_c_b,
  input  logic [20:0]  x_c_w0,
  input  logic [20:0]  x_c_static,
  input  logic [20:0]  x_c_reg,
  input  logic [20:0]  x_c_top,   // of aux
  input  logic [20:0]  x_c_cell,  // that was read
  input  logic [20:0]  x_c_tuple, // that is read or changed
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
  output logic [3:0]   x_d2_l
);

  // ---- Copies ----

  logic [20:0] copy;
  logic        copies;
  logic        unused_length;

  always_comb begin : what_is_copied
    copy   = x_c_imm;
    copies = x_imm_push;
    if (x_done) begin
      case (x_class)
        arbitrum_pkg::CLASS_NOP, arbitrum_pkg::CLASS_INVALID, arbitrum_pkg::CLASS_HALT: copies = x_imm_v_q;
        arbitrum_pkg::CLASS_SET: copies = x_imm_v_q && x_op_q != arbitrum_pkg::OP_ERRSET;
        arbitrum_pkg::CLASS_PUSH: begin
          copies = x_op_q == arbitrum_pkg::OP_SPUSH || x_op_q == arbitrum_pkg::OP_RPUSH;
          copy   = x_op_q == arbitrum_pkg::OP_SPUSH ? x_c_static : x_c_reg;
        end
        arbitrum_pkg::CLASS_DUP: begin
          copies = 1'b1;
          copy   = x_c_w0;
          if (x_op_q == arbitrum_pkg::OP_DUP1) copy = x_c_b;
          if (x_op_q == arbitrum_pkg::OP_DUP0) copy = x_c_a;
          if (x_op_q == arbitrum_pkg::OP_DUP0 && fault_i == arbitrum_pkg::FAULT_COUNT_LOST) // fault count_lost
            copies = 1'b0;
        end
        arbitrum_pkg::CLASS_GET: begin
          copies = 1'b1;
          copy   = x_c_cell;
        end
        default: copies = 1'b0;
      endcase
    end
  end

  assign x_inc         = copies && copy[20];
  assign x_inc_a       = copy[15:0];
  assign unused_length = ^copy[19:16];

  // ---- What goes ----

  logic [20:0] c0;     // operands 0 to 2, if X has no immediate; else they are one up
  logic [20:0] c1;
  logic [20:0] c2;
  logic        takes;  // the instruction's operands go with it
  logic [20:0] gone0;
  logic [20:0] gone1;
  logic [20:0] gone2;

  assign c0 = x_imm_v_q ? 21'd0 : x_c_a;
  assign c1 = x_imm_v_q ? x_c_a : x_c_b;
  assign c2 = x_imm_v_q ? x_c_b : x_c_w0;

  always_comb begin : what_goes
    takes = x_done;
    case (x_class)
      arbitrum_pkg::CLASS_DUP, arbitrum_pkg::CLASS_SWAP, arbitrum_pkg::CLASS_SET2, arbitrum_pkg::CLASS_INSN,
      arbitrum_pkg::CLASS_HOST, arbitrum_pkg::CLASS_INBOX: takes = 1'b0;
      arbitrum_pkg::CLASS_SET: takes = x_done && x_op_q == arbitrum_pkg::OP_ERRSET;
      arbitrum_pkg::CLASS_KECCAK: takes = x_done && !x_one_q;
      default: takes = x_done;
    endcase
    gone0 = takes && x_pops >= 3'd1 ? c0 : 21'd0;
    gone1 = takes && x_pops >= 3'd2 ? c1 : 21'd0;
    gone2 = takes && x_pops >= 3'd3 ? c2 : 21'd0;
    if (x_done && x_op_q == arbitrum_pkg::OP_RSET) gone0 = x_c_reg;
    if (x_done && x_class == arbitrum_pkg::CLASS_SET2) gone0 = x_step_q == 4'd3 ? x_old_q : x_c_tuple;
    if (x_drops) gone0 = x_c_a;
    if (x_unpop) gone0 = x_c_top;
  end

  assign x_d0 = gone0[20] || gone1[20] || gone2[20];
  assign x_d1 = (gone0[20] && (gone1[20] || gone2[20])) || (gone1[20] && gone2[20]);
  assign x_d2 = gone0[20] && gone1[20] && gone2[20];
  assign {x_d0_l, x_d0_a} = gone0[20] ? gone0[19:0] : gone1[20] ? gone1[19:0] : gone2[19:0];
  assign {x_d1_l, x_d1_a} = gone0[20] && gone1[20] ? gone1[19:0] : gone2[19:0];
  assign {x_d2_l, x_d2_a} = gone2[19:0];

endmodule

`default_nettype wire
