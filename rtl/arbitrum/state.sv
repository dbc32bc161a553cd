// SPDX-License-Identifier: MIT OR Apache-2.0
// State: what else the machine has: the register, the static value, and the code point that an exception goes to.
`default_nettype none

module state (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        l_start,
  input  logic        l_static_we,
  input  arbitrum_pkg::cell_t l_wd,
  input  logic        x_rset,
  input  logic        x_errset,
  input  arbitrum_pkg::cell_t x_o0,
  output arbitrum_pkg::cell_t n_reg_q,
  output arbitrum_pkg::cell_t n_static_q,
  output logic [15:0] n_err_q
);

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      n_reg_q    <= 258'd0;
      n_static_q <= 258'd0;
      n_err_q    <= 16'd0;
    end else begin
      if (l_static_we) n_static_q <= l_wd;
      if (l_start) begin
        n_reg_q <= {arbitrum_pkg::TAG_TUPLE, 256'd0};
        n_err_q <= 16'd0;
      end else begin
        if (x_rset) n_reg_q <= x_o0;
        if (x_errset && x_o0.tag == arbitrum_pkg::TAG_CODE) n_err_q <= x_o0.payload[15:0];
      end
    end
  end

endmodule

`default_nettype wire
