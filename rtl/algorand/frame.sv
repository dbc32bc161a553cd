// SPDX-License-Identifier: MIT OR Apache-2.0
// Memory operands: checks computed addresses, picks the bytes of a load, merges those of a store.
//
// Computed addresses are 64-bit cells and are compared without wrapping. A frame word counts if it is an
// argument word (init_i) or its tag is the current invocation's number; otherwise it reads 0 (D25): that is
// what spares the clearing of frames. Width and sign are opcode bits [2:0].
// Combinational. The values are those of the memory instructions, opcodes 40 to 7f; for others they are 0,
// which keeps the shifters still. hit_o marks frame words that may be looked at.
`default_nettype none

module frame (
  input  logic [5:0]  fault_i,
  input  logic [7:0]  op_i,
  input  logic [2:0]  off_i,
  input  logic        init_i,
  input  logic [63:0] tos_i,
  input  logic [63:0] nos_i,
  input  logic [63:0] frame_rd_i,
  input  logic        frame_rv_i,
  input  logic [31:0] tag_rd_i,
  input  logic [63:0] const_rd_i,
  input  logic [31:0] c_id_i,
  input  logic [11:0] c_fbytes_i,
  input  logic [14:0] g_constlen_i,
  output logic        hit_o,
  output logic [15:0] address_o,
  output logic        misaligned_o,
  output logic        outside_o,
  output logic [63:0] loaded_o,
  output logic [63:0] merged_o
);

  logic        memory;     // opcodes 40..7f
  logic        constant;   // cload, cloadx: 6x, 7x without arg
  logic        argument;   // 68..6b
  logic        store_x;    // 58..5b: the address is below the value
  logic        fresh;
  logic [3:0]  width;
  logic [2:0]  align;
  logic [63:0] fword;
  logic [63:0] address;
  logic [17:0] address_end;
  logic [16:0] limit;
  logic [63:0] aligned;
  logic [63:0] field;      // bytes that a store writes, at offset 0
  logic [63:0] base;

  assign memory   = op_i[7:6] == 2'b01;
  assign constant = op_i[5] && !op_i[3];
  assign argument = op_i[5:3] == 3'b101;
  assign store_x  = op_i[5:3] == 3'b011;

  assign fresh = init_i || tag_rd_i == c_id_i || fault_i == algorand_pkg::FAULT_STALE_LOCAL; // fault stale_local
  assign hit_o = frame_rv_i && fresh;

  always_comb begin : access
    width        = 4'd0;
    align        = 3'd0;
    fword        = 64'd0;
    address      = 64'd0;
    address_end  = 18'd0;
    limit        = 17'd0;
    misaligned_o = 1'b0;
    outside_o    = 1'b0;
    aligned      = 64'd0;
    loaded_o     = 64'd0;
    field        = 64'd0;
    base         = 64'd0;
    merged_o     = 64'd0;
    if (memory) begin
      // Address.
      width        = 4'd1 << op_i[1:0];
      align        = width[2:0] - 3'd1;
      address      = store_x ? nos_i : tos_i;
      limit        = constant ? {2'd0, g_constlen_i} : {5'd0, c_fbytes_i};
      misaligned_o = (address[2:0] & align) != 3'd0;
      address_end  = {1'b0, address[16:0]} + {14'd0, width};
      outside_o    = address[63:17] != 47'd0 || address_end > {1'b0, limit};

      // Load.
      fword   = fresh ? frame_rd_i : 64'd0;
      aligned = (constant ? const_rd_i : fword) >> {off_i, 3'b000};
      case (op_i[2:0])
        3'd0: loaded_o = {56'd0, aligned[7:0]};
        3'd1: loaded_o = {48'd0, aligned[15:0]};
        3'd2: loaded_o = {32'd0, aligned[31:0]};
        3'd4: loaded_o = {{56{aligned[7]}}, aligned[7:0]};
        3'd5: loaded_o = {{48{aligned[15]}}, aligned[15:0]};
        3'd6: loaded_o = {{32{aligned[31]}}, aligned[31:0]};
        default: loaded_o = aligned;
      endcase
      if (fault_i == algorand_pkg::FAULT_SIGN_EXTEND
          && (op_i == algorand_pkg::OP_LOAD_I8 || op_i == algorand_pkg::OP_LOADX_I8))
        loaded_o = {56'd0, aligned[7:0]}; // fault sign_extend

      // Store.
      case (op_i[1:0])
        2'd0: field = 64'h0000_0000_0000_00ff;
        2'd1: field = 64'h0000_0000_0000_ffff;
        2'd2: field = 64'h0000_0000_ffff_ffff;
        default: field = 64'hffff_ffff_ffff_ffff;
      endcase
      if (fault_i == algorand_pkg::FAULT_STORE_WIDTH && op_i == algorand_pkg::OP_STORE_16)
        field = 64'h0000_0000_ffff_ffff; // fault store_width
      // The first argument in a word starts it from 0: skipped bytes are 0 (D11).
      base     = (argument && off_i == 3'd0) ? 64'd0 : fword;
      merged_o = (base & ~(field << {off_i, 3'b000})) | ((tos_i & field) << {off_i, 3'b000});
    end
  end

  assign address_o = address[15:0];

endmodule

`default_nettype wire
