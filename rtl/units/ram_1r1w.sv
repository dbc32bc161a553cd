// RAM with one read and one write port, synchronous, write-first: a read of the word that is written
// at the same edge returns the new data. Plain block RAMs do not promise that, so the collision is
// found when the read is made and the data then comes from the capture of the write.
//
//   edge:  wv <= we;  if we: mem[waddr] <= wdata, wa <= waddr, wd <= wdata
//          rv <= re;  if re: the word is on rd from now on
//
// rd_o holds until the next read, provided that no write comes between. Nothing is reset: a block RAM
// has no reset, and no one looks at a capture register before its first use. forward_i is tied to 1
// (a planted fault ties it to 0).
`default_nettype none

module ram_1r1w #(
  parameter int unsigned WIDTH = 64,
  parameter int unsigned ABITS = 12
) (
  input  logic             clk_i,
  input  logic             forward_i,
  input  logic             re_i,
  input  logic [ABITS-1:0] raddr_i,
  output logic             rv_o,
  output logic [WIDTH-1:0] rd_o,
  input  logic             we_i,
  input  logic [ABITS-1:0] waddr_i,
  input  logic [WIDTH-1:0] wdata_i,
  output logic             wv_o,
  output logic [ABITS-1:0] wa_o,
  output logic [WIDTH-1:0] wd_o
);

  logic [WIDTH-1:0] mem [0:(1 << ABITS) - 1] /*verilator public_flat_rw*/;

  logic [WIDTH-1:0] mem_q;
  logic             fwd_q;
  logic             rv_q;
  logic             wv_q;
  logic [ABITS-1:0] wa_q;
  logic [WIDTH-1:0] wd_q;

  always_ff @(posedge clk_i) begin : read_port
    rv_q <= re_i;
    if (re_i) begin
      mem_q <= mem[raddr_i];
      fwd_q <= forward_i && we_i && (waddr_i == raddr_i);
    end
  end

  always_ff @(posedge clk_i) begin : write_port
    wv_q <= we_i;
    if (we_i) begin
      mem[waddr_i] <= wdata_i;
      wa_q <= waddr_i;
      wd_q <= wdata_i;
    end
  end

  assign rd_o = fwd_q ? wd_q : mem_q;
  assign rv_o = rv_q;
  assign wv_o = wv_q;
  assign wa_o = wa_q;
  assign wd_o = wd_q;

endmodule

`default_nettype wire
