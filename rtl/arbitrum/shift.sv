// SPDX-License-Identifier: MIT OR Apache-2.0
// Shifts in two steps: by a multiple of 16 (coarse), and in the next cycle by what is left of it (fine). byte is a shift
// to the right by 248 - 8 x n, of which the low byte counts; signextend keeps its operand in the first step.
//
// Both steps rotate to the right, to the left as 256 - n, and replace what came round by zeros or the sign.
`default_nettype none

module shift (
  input  logic [5:0]   fault_i,
  input  logic [7:0]   op_i,
  input  logic [255:0] n_i,       // operand 0
  input  logic [255:0] value_i,   // operand 1
  input  logic [255:0] coarse_i,  // the first step's result, in the second
  output logic [255:0] coarse_o,
  output logic [255:0] fine_o
);

  logic left;
  logic is_byte;
  logic is_extend;
  logic arithmetic;
  logic far;     // n is 256 or more
  logic beyond;  // n is 32 or more

  assign left       = op_i == arbitrum_pkg::OP_SHL;
  assign is_byte    = op_i == arbitrum_pkg::OP_BYTE;
  assign is_extend    = op_i == arbitrum_pkg::OP_SIGNEXTEND;
  assign arithmetic = op_i == arbitrum_pkg::OP_SAR;
  assign far        = n_i[255:8] != 248'd0;
  assign beyond     = far || n_i[7:5] != 3'd0;

  // ---- Coarse ----

  logic [3:0]   words;   // of 16 bits, in the direction of the shift
  logic [3:0]   turn;    // to the right
  logic [255:0] turned;
  logic         fill;

  always_comb begin : how_far
    words = n_i[7:4];
    if (is_byte) words = ~n_i[4:1];
    if (is_extend) words = 4'd0;
    turn = left ? 4'd0 - words : words;
    fill = arithmetic && value_i[255] && fault_i != arbitrum_pkg::FAULT_SAR_FILL; // fault sar_fill
  end

  logic [255:0] quarter;
  logic [15:0]  kept;    // words that did not come round

  rotate4 #(.WIDTH(256), .STEP(16)) u_coarse0 (.turn_i (turn[1:0]), .value_i (value_i), .turned_o (quarter));
  rotate4 #(.WIDTH(256), .STEP(64)) u_coarse1 (.turn_i (turn[3:2]), .value_i (quarter), .turned_o (turned));

  always_comb begin : keep_words
    kept = left ? 16'hffff << words : 16'hffff >> words;
    if (is_byte && beyond) kept = 16'd0;
    if (!is_byte && !is_extend && far) kept = 16'd0;
  end

  for (genvar i = 0; i < 16; i++) begin : g_coarse
    assign coarse_o[16*i +: 16] = kept[i] ? turned[16*i +: 16] : {16{fill}};
  end

  // ---- Fine ----

  logic [3:0]   bits;
  logic [3:0]   fine_turn;
  logic [255:0] start;
  logic [255:0] between;
  logic [255:0] rotated;
  logic [255:0] stays;
  logic         sign;
  logic [15:0]  edge_bits; // of the end at which bits come round: those that stay

  always_comb begin : how_fine
    bits = far ? 4'd0 : n_i[3:0];
    if (is_byte) bits = {!n_i[0], 3'd0};
    if (is_extend) bits = 4'd0;
    fine_turn = left ? 4'd0 - bits : bits;
    edge_bits = left ? 16'hffff << bits : 16'hffff >> bits;
  end

  // To the left by n is to the left by 16 and to the right by 16 - n.
  assign start = left && bits != 4'd0 ? {coarse_i[239:0], coarse_i[255:240]} : coarse_i;

  rotate4 #(.WIDTH(256), .STEP(1)) u_fine0 (.turn_i (fine_turn[1:0]), .value_i (start), .turned_o (between));
  rotate4 #(.WIDTH(256), .STEP(4)) u_fine1 (.turn_i (fine_turn[3:2]), .value_i (between), .turned_o (rotated));

  logic [4:0] last_byte; // that stays in signextend

  assign last_byte = n_i[4:0];

  always_comb begin : what_stays
    stays = {256{1'b1}};
    sign  = arithmetic && coarse_i[255];
    if (is_extend) begin
      sign = coarse_i[{last_byte, 3'd7}];
      for (int unsigned i = 0; i < 32; i++) begin
        if (i > 32'(last_byte) && !beyond) stays[8*i +: 8] = 8'd0;
      end
      if (fault_i == arbitrum_pkg::FAULT_SIGN_BOUND && last_byte == 5'd30) stays = {256{1'b1}}; // fault sign_bound
    end else if (is_byte) begin
      stays = 256'hff;
    end else if (left) begin
      stays[15:0] = edge_bits;
    end else begin
      stays[255:240] = edge_bits;
    end
  end

  assign fine_o = (rotated & stays) | ({256{sign}} & ~stays);

endmodule

`default_nettype wire
