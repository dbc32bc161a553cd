// Send: what X asks of the host. An operand, or the hash that log reports, goes in two requests, the low half first.
// Combinational.
`default_nettype none

module send (
  input  logic [5:0]   fault_i,
  input  logic [7:0]   x_op_q,
  input  logic [3:0]   x_req_kind,
  input  logic [2:0]   x_i,       // operand 2, half 1
  input  logic [255:0] x_a,       // payloads of the four cells on top
  input  logic [255:0] x_b,
  input  logic [255:0] x_w0,
  input  logic [255:0] x_w1,
  input  logic [255:0] x_r_q,     // the hash
  output arbitrum_pkg::request_t x_request
);

  logic         upper;
  logic         log;
  logic [4:0]   from;  // hash, W1, W0, B, A
  logic [4:0]   low;
  logic [4:0]   high;
  logic [127:0] half;

  assign upper = x_i[0] ^ (fault_i == arbitrum_pkg::FAULT_HOST_ORDER); // fault host_order
  assign log   = x_op_q == arbitrum_pkg::OP_LOG;
  assign from  = log ? 5'b10000 : 5'd1 << x_i[2:1];
  assign low   = upper ? 5'd0 : from;
  assign high  = upper ? from : 5'd0;

  always_comb begin : request
    half = ({128{low[0]}} & x_a[127:0]) | ({128{high[0]}} & x_a[255:128])
        | ({128{low[1]}} & x_b[127:0]) | ({128{high[1]}} & x_b[255:128])
        | ({128{low[2]}} & x_w0[127:0]) | ({128{high[2]}} & x_w0[255:128])
        | ({128{low[3]}} & x_w1[127:0]) | ({128{high[3]}} & x_w1[255:128])
        | ({128{low[4]}} & x_r_q[127:0]) | ({128{high[4]}} & x_r_q[255:128]);
    x_request = {x_req_kind, 128'd0};
    if (x_req_kind == arbitrum_pkg::REQUEST_ARG) x_request = {x_req_kind, half[63:0], half[127:64]};
    if (x_req_kind == arbitrum_pkg::REQUEST_HOST) x_request = {x_req_kind, 56'd0, x_op_q, 64'd0};
  end

endmodule

`default_nettype wire
