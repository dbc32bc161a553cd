// SPDX-License-Identifier: MIT OR Apache-2.0
// memories.sv beside the RTL's own memories (renamed real_*), small: a word that is kept is read as the RTL reads it, once
// it has been written; a word that is written while it is read, too. Properties as in properties.sv.
`default_nettype none

module same_top (
  input logic       clk_i,
  input logic       en_i,
  input logic       re_i,
  input logic [1:0] raddr_i,
  input logic       we_i,
  input logic [1:0] waddr_i,
  input logic [1:0] wdata_i
);

  (* keep *) (* anyconst *) logic [1:0] at;

  logic       real_rv;
  logic [1:0] real_rd;
  logic       kept_rv;
  logic [1:0] kept_rd;
  logic [1:0] real_rd0;
  logic [1:0] real_rd1;
  logic [1:0] kept_rd0;
  logic [1:0] kept_rd1;
  logic       written_q = 1'b0; // the word is known
  logic       looked_q = 1'b0;  // it was what was read last
  logic       passed_q = 1'b0;  // or that was being written

  real_ram_1r1w #(.WIDTH(2), .ABITS(2)) u_real (.*, .forward_i (1'b1), .rv_o (real_rv), .rd_o (real_rd));
  ram_1r1w #(.WIDTH(2), .ABITS(2)) u_kept (.*, .forward_i (1'b1), .rv_o (kept_rv), .rd_o (kept_rd));
  real_lutram_2r #(.WIDTH(2), .ABITS(2)) u_real_lut (
    .*, .ra0_i (raddr_i), .rd0_o (real_rd0), .ra1_i (raddr_i), .rd1_o (real_rd1));
  lutram_2r #(.WIDTH(2), .ABITS(2)) u_kept_lut (
    .*, .ra0_i (raddr_i), .rd0_o (kept_rd0), .ra1_i (raddr_i), .rd1_o (kept_rd1));

  always_ff @(posedge clk_i) begin : record
    if (we_i && waddr_i == at) written_q <= 1'b1;
    if (en_i) begin
      looked_q <= written_q && raddr_i == at;
      passed_q <= we_i && waddr_i == raddr_i;
    end
  end

  always_ff @(posedge clk_i) begin : properties
    memory_word: assert (!(looked_q || passed_q) || {real_rv, real_rd} == {kept_rv, kept_rd});
    memory_look: assert (!(written_q && raddr_i == at) || (real_rd0 == kept_rd0 && real_rd1 == kept_rd1));
  end

endmodule

`default_nettype wire
