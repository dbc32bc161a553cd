// SPDX-License-Identifier: MIT OR Apache-2.0
// Hash: the hash of a value, of two numbers, or of a code point.
//
// A tuple's hash is kept (thash, tsize, and hv in its count word) once it is known. Those of a tuple whose tuples are not
// all known come first: the engine goes down (SCAN2) to the first such tuple, leaving where it was in the link word of
// the tuple above, and up again (UP) when it has the hash. When all slots are known, BUILD collects their hashes in zbuf
// and adds up their sizes; two sponges make the tuple's hash of them.
//
//   z_cur_q, z_len_q  the tuple it is at     z_i_q    its slot     z_par_q  the tuple above, 0 if there is none
//
// The sponge hashes z_np_q bytes of prefix and z_n_q words of zbuf from z_base_q on: a word or a lane a cycle (LANE), a
// permutation whenever 17 lanes are in (PERM), and what the digest is for (DIGEST, by z_ret_q). A message of one block has
// the end of its padding from the start, a longer one gets it in PAD. keccakf uses Keccak directly. X gives a command only
// in IDLE or in the cycle of z_done.
`default_nettype none

module hash (
  input  logic          clk_i,
  input  logic          rst_ni,
  input  logic [5:0]    fault_i,
  // Commands.
  input  logic          x_hash_value,
  input  logic          x_hash_pair,  // x_hash_first and x_hash_v
  input  logic          x_hash_code,  // x_hash_v is {op 8, 7'0, immediate hash in z_r_q, next 16}
  input  arbitrum_pkg::cell_t x_hash_v,
  input  logic [255:0]  x_hash_first,
  output logic          z_done,
  output logic [255:0]  z_r_q,
  // Keccak, for keccakf.
  input  logic          x_kec_clear,
  input  logic          x_kec_xor,
  input  logic [24:0]   x_kec_sel,
  input  logic [255:0]  x_kec_data,
  input  logic          x_kec_start,
  output logic          z_kec_busy,
  output logic [1599:0] z_kec_state,
  // Port.
  input  logic          h_free,
  input  logic          h_beat_q,
  input  logic          h_last_q,
  input  logic [63:0]   h_data_q,
  output logic          z_req,
  output arbitrum_pkg::request_t z_request,
  // RAMs.
  input  logic [255:0]  chash_rd,
  output logic          z_chash_re,
  output logic [15:0]   z_chash_ra,
  input  arbitrum_pkg::cell_t cells_rd,
  output logic          z_cells_re,
  output logic [15:0]   z_cells_ra,
  input  logic          count_hv,     // the hash of the tuple that was looked at is known
  output logic          z_count_re,
  output logic [15:0]   z_count_ra,
  output logic          z_count_we,
  output logic [15:0]   z_cur_q,
  input  arbitrum_pkg::link_t link_rd,
  output logic          z_link_re,
  output logic [15:0]   z_par_q,
  output logic          z_link_we,
  output arbitrum_pkg::link_t z_link_wd,
  input  logic [255:0]  thash_rd,
  input  logic [255:0]  tsize_rd,
  output logic          z_thash_re,
  output logic          z_tsize_re,
  output logic [15:0]   z_thash_ra,
  output logic          z_thash_we,   // tsize RAM, too; both at z_cur_q
  output logic [255:0]  z_digest,
  output logic [255:0]  z_size_q,
  input  logic [255:0]  zbuf_rd,
  output logic [3:0]    z_zbuf_ra,
  output logic          z_zbuf_we,
  output logic [3:0]    z_zbuf_wa,
  output logic [255:0]  z_zbuf_wd
);

  localparam logic [4:0] IDLE   = 5'd0;
  localparam logic [4:0] VALUE  = 5'd1;
  localparam logic [4:0] RDC    = 5'd2;
  localparam logic [4:0] HV     = 5'd3;
  localparam logic [4:0] RDT    = 5'd4;
  localparam logic [4:0] SCAN   = 5'd5;
  localparam logic [4:0] SCAN1  = 5'd6;
  localparam logic [4:0] SCAN2  = 5'd7;
  localparam logic [4:0] BUILD  = 5'd8;
  localparam logic [4:0] BUILD1 = 5'd9;
  localparam logic [4:0] SLOTC  = 5'd10;
  localparam logic [4:0] SLOTT  = 5'd11;
  localparam logic [4:0] SIZE   = 5'd12;
  localparam logic [4:0] MARK   = 5'd13;
  localparam logic [4:0] UP     = 5'd14;
  localparam logic [4:0] DONE   = 5'd15;
  localparam logic [4:0] LANE   = 5'd16;
  localparam logic [4:0] PERM   = 5'd17;
  localparam logic [4:0] PAD    = 5'd18;
  localparam logic [4:0] DIGEST = 5'd19;
  localparam logic [4:0] PAIR   = 5'd20;
  localparam logic [4:0] CODE   = 5'd21;
  localparam logic [4:0] CODE2  = 5'd22;
  localparam logic [4:0] BUF    = 5'd23;
  localparam logic [4:0] SLOTB  = 5'd24;
  localparam logic [4:0] SLOTB2 = 5'd25;

  logic [4:0]   z_state_q;
  arbitrum_pkg::cell_t z_v_q;
  logic [3:0]   z_len_q;
  logic [3:0]   z_i_q;
  logic [3:0]   z_base_q;
  logic [3:0]   z_n_q;
  logic [1:0]   z_np_q;
  logic [5:0]   z_j_q;
  logic [4:0]   z_pos_q;
  logic [15:0]  z_carry_q;
  logic [2:0]   z_ret_q;

  // ---- What is looked at ----

  arbitrum_pkg::cell_t seen;  // the value that has to be hashed: a command's, or a slot's
  logic is_int;
  logic is_code;
  logic is_empty;   // Tuple()
  logic is_counted; // any other
  logic is_buffer;

  assign seen       = z_state_q == VALUE ? z_v_q : cells_rd;
  assign is_int     = seen.tag == arbitrum_pkg::TAG_INT;
  assign is_code    = seen.tag == arbitrum_pkg::TAG_CODE;
  assign is_empty   = seen.tag == arbitrum_pkg::TAG_TUPLE && seen.payload[19:16] == 4'd0;
  assign is_counted = seen.tag == arbitrum_pkg::TAG_TUPLE && seen.payload[19:16] != 4'd0;
  assign is_buffer  = seen.tag == arbitrum_pkg::TAG_BUFFER;

  // ---- Slots ----

  logic       next_slot;
  logic       next_built;
  logic [3:0] slot;       // that is done
  logic [3:0] slot_d;
  logic       slot_last;
  logic [3:0] built_d;
  logic       built_last;
  logic       digested;   // DIGEST is done

  always_comb begin : slots
    slot = z_i_q;
    if (z_state_q == UP) begin
      slot = {1'b0, link_rd.pos};
      if (fault_i == arbitrum_pkg::FAULT_HASH_SLOT) slot = {1'b0, link_rd.pos} + 4'd1; // fault hash_slot
    end
    slot_d     = slot + 4'd1;
    slot_last  = slot_d == (z_state_q == UP ? link_rd.len : z_len_q);
    built_d    = z_i_q + 4'd1;
    built_last = built_d == z_len_q;
  end

  assign next_slot  = (z_state_q == SCAN1 && !is_counted) || (z_state_q == SCAN2 && count_hv) || z_state_q == UP;
  assign digested   = z_state_q == DIGEST && !z_kec_busy;
  assign next_built = (z_state_q == BUILD1 && is_empty) || z_state_q == SLOTC || z_state_q == SLOTT
      || z_state_q == SLOTB2 || (digested && z_ret_q == 3'd1);

  // ---- Sponge: its start ----

  logic        sponge;
  logic [3:0]  base;
  logic [3:0]  count;
  logic [1:0]  np;
  logic [15:0] prefix;
  logic [2:0]  ret;

  always_comb begin : sponge_start
    sponge = 1'b0;
    base   = 4'd0;
    count  = 4'd2;
    np     = 2'd0;
    prefix = 16'd0;
    ret    = 3'd0;
    case (z_state_q)
      VALUE, BUILD1: if (is_int) begin
        sponge = 1'b1;
        base   = 4'd8;
        count  = 4'd1;
        ret    = z_state_q == BUILD1 ? 3'd1 : 3'd0;
      end
      SIZE: begin
        sponge = 1'b1;
        np     = 2'd1;
        prefix = 16'd3;
        ret    = 3'd3;
      end
      PAIR: sponge = 1'b1;
      CODE: if (!z_v_q.payload[16]) begin
        sponge = 1'b1;
        count  = 4'd1;
        np     = 2'd2;
        prefix = {z_v_q.payload[31:24], 8'h01};
      end
      CODE2: begin
        sponge = 1'b1;
        np     = 2'd2;
        prefix = {z_v_q.payload[31:24], 8'h01};
      end
      default: sponge = 1'b0;
    endcase
    if (next_built && built_last) begin
      sponge = 1'b1;
      count  = z_len_q;
      np     = 2'd1;
      prefix = {12'd0, z_len_q};
      ret    = 3'd2;
    end
  end

  // ---- Sponge: lanes ----

  logic [63:0] part;      // eight bytes of the message's words, the first one lowest
  logic [63:0] part_be;
  logic        ending;    // the message is over
  logic [63:0] lane;
  logic [15:0] carry;
  logic        whole;     // all four lanes of a word
  logic [255:0] word;     // its bytes, the first one lowest, behind the prefix

  assign z_zbuf_ra = z_base_q + z_j_q[5:2];
  assign part_be   = zbuf_rd[{~z_j_q[1:0], 6'd0} +: 64];
  assign ending    = z_j_q == {z_n_q, 2'b00};

  for (genvar i = 0; i < 8; i++) begin : g_byte
    assign part[8*i +: 8] = part_be[56 - 8*i +: 8];
  end

  // In the first block lanes and words are in step.
  assign whole = z_state_q == LANE && !ending && z_j_q[1:0] == 2'd0 && z_j_q < 6'd16 && !z_np_q[1];

  for (genvar i = 0; i < 32; i++) begin : g_word
    if (i == 0) begin : g_first
      assign word[7:0] = z_np_q[0] ? z_carry_q[7:0] : zbuf_rd[255:248];
    end else begin : g_other
      assign word[8*i +: 8] = z_np_q[0] ? zbuf_rd[256 - 8*i +: 8] : zbuf_rd[248 - 8*i +: 8];
    end
  end

  always_comb begin : make_lane
    case (z_np_q)
      2'd1: begin
        lane  = {part[55:0], z_carry_q[7:0]};
        carry = {8'd0, part[63:56]};
        if (ending) lane = {55'd0, 1'b1, z_carry_q[7:0]};
      end
      2'd2: begin
        lane  = {part[47:0], z_carry_q};
        carry = part[63:48];
        if (ending) lane = {47'd0, 1'b1, z_carry_q};
      end
      default: begin
        lane  = part;
        carry = 16'd0;
        if (ending) lane = 64'd1;
      end
    endcase
    if (whole) carry = {8'd0, z_np_q[0] ? zbuf_rd[7:0] : 8'd0};
    if (sponge || z_state_q == PAD) lane = {8'h80, 56'd0};
  end

  for (genvar i = 0; i < 32; i++) begin : g_digest
    assign z_digest[248 - 8*i +: 8] = z_kec_state[8*i +: 8];
  end

  logic full; // the rate is filled, and the message goes on

  assign full = z_state_q == LANE && !ending && z_pos_q == 5'd16;

  logic         short;    // a message that begins has one block
  logic         ends;     // the last lane goes in, and the end of the padding is there
  logic [24:0]  kec_sel;
  logic [255:0] kec_data;

  assign short = count <= 4'd4;
  assign ends  = z_state_q == LANE && ending && z_n_q <= 4'd4;

  always_comb begin : into_keccak
    kec_sel = x_kec_sel;
    if (z_state_q == LANE) kec_sel = 25'd1 << z_pos_q;
    if (whole) kec_sel = 25'hf << z_pos_q;
    if (sponge || z_state_q == PAD) kec_sel = 25'd1 << 16;
    kec_data = {4{lane}};
    if (whole) kec_data = word;
    if (x_kec_xor) kec_data = x_kec_data;
  end

  keccak u_keccak (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .clear_i      (sponge || x_kec_clear),
    .xor_i        ((sponge ? short : z_state_q == LANE || z_state_q == PAD) || x_kec_xor),
    .sel_i        (kec_sel),
    .data_i       (kec_data),
    .start_i      (full || ends || z_state_q == PAD || x_kec_start),
    .fault_iota_i (fault_i == arbitrum_pkg::FAULT_KECCAK_IOTA), // fault keccak_iota
    .busy_o       (z_kec_busy),
    .state_o      (z_kec_state)
  );

  // ---- Next state ----

  logic [4:0] state_d;
  logic       buffered; // the last beat of an answer

  assign buffered = h_beat_q && h_last_q;

  always_comb begin : next_state
    state_d = z_state_q;
    case (z_state_q)
      VALUE: begin
        if (is_code) state_d = RDC;
        if (is_empty) state_d = DONE;
        if (is_counted) state_d = HV;
        if (is_buffer && h_free) state_d = BUF;
      end
      RDC: state_d = DONE;
      HV: state_d = count_hv ? RDT : SCAN;
      RDT: state_d = DONE;
      SCAN: state_d = SCAN1;
      SCAN1: if (is_counted) state_d = SCAN2;
      SCAN2: if (!count_hv) state_d = SCAN;
      BUILD: state_d = BUILD1;
      BUILD1: begin
        if (is_code) state_d = SLOTC;
        if (is_counted) state_d = SLOTT;
        if (is_buffer && h_free) state_d = SLOTB;
      end
      MARK: state_d = z_par_q == 16'd0 ? DONE : UP;
      DONE: state_d = IDLE;
      LANE: begin
        if (full) state_d = PERM;
        if (ending) state_d = z_n_q <= 4'd4 ? DIGEST : PAD;
      end
      PERM: if (!z_kec_busy) state_d = LANE;
      PAD: state_d = DIGEST;
      DIGEST: if (digested) begin
        if (z_ret_q == 3'd0) state_d = DONE;
        if (z_ret_q == 3'd2) state_d = SIZE;
        if (z_ret_q == 3'd3) state_d = MARK;
      end
      CODE: if (z_v_q.payload[16]) state_d = CODE2;
      BUF: if (buffered) state_d = DONE;
      SLOTB: if (buffered) state_d = SLOTB2;
      default: state_d = z_state_q;
    endcase
    if (next_slot) state_d = slot_last ? BUILD : SCAN;
    if (next_built) state_d = BUILD;
    if (sponge) state_d = LANE;
    if (x_hash_value) state_d = VALUE;
    if (x_hash_pair) state_d = PAIR;
    if (x_hash_code) state_d = CODE;
  end

  assign z_done = z_state_q == DONE;

  // ---- RAMs and port ----

  assign z_chash_re = x_hash_code || ((z_state_q == VALUE || z_state_q == BUILD1) && is_code);
  assign z_chash_ra = x_hash_code ? x_hash_v.payload[15:0] : seen.payload[15:0];
  assign z_cells_re = z_state_q == SCAN || z_state_q == BUILD;
  assign z_cells_ra = z_cur_q + {12'd0, z_i_q};
  assign z_count_re = ((z_state_q == VALUE || z_state_q == SCAN1) && is_counted) || (digested && z_ret_q == 3'd3);
  assign z_count_ra = z_state_q == DIGEST ? z_cur_q : seen.payload[15:0];
  assign z_count_we = z_state_q == MARK;
  assign z_link_re  = z_state_q == MARK && z_par_q != 16'd0;
  assign z_link_we  = z_state_q == SCAN2 && !count_hv;
  assign z_link_wd  = {z_len_q, z_i_q[2:0], z_par_q};
  assign z_thash_re = (z_state_q == HV && count_hv) || z_tsize_re;
  assign z_tsize_re = z_state_q == BUILD1 && is_counted;
  assign z_thash_ra = z_state_q == HV ? z_v_q.payload[15:0] : cells_rd.payload[15:0];
  assign z_thash_we = digested && z_ret_q == 3'd3;
  assign z_req      = (z_state_q == VALUE || z_state_q == BUILD1) && is_buffer && h_free;
  assign z_request  = {arbitrum_pkg::REQUEST_HASH_BUFFER, 32'd0, seen.payload[31:0], 64'd0};

  logic swapped;

  assign swapped = fault_i == arbitrum_pkg::FAULT_PAIR_ORDER; // fault pair_order

  always_comb begin : zbuf_write
    z_zbuf_we = 1'b0;
    z_zbuf_wa = 4'd0;
    z_zbuf_wd = z_digest;
    case (z_state_q)
      VALUE, BUILD1: begin
        z_zbuf_we = is_int || (is_empty && z_state_q == BUILD1);
        z_zbuf_wa = is_int ? 4'd8 : z_i_q;
        z_zbuf_wd = is_int ? seen.payload : arbitrum_pkg::EMPTY_HASH;
      end
      SLOTC: begin
        z_zbuf_we = 1'b1;
        z_zbuf_wa = z_i_q;
        z_zbuf_wd = chash_rd;
      end
      SLOTT: begin
        z_zbuf_we = 1'b1;
        z_zbuf_wa = z_i_q;
        z_zbuf_wd = thash_rd;
      end
      SIZE: begin
        z_zbuf_we = 1'b1;
        z_zbuf_wa = 4'd1;
        z_zbuf_wd = z_size_q;
      end
      DIGEST: begin
        z_zbuf_we = digested && (z_ret_q == 3'd1 || z_ret_q == 3'd2);
        z_zbuf_wa = z_ret_q == 3'd1 ? z_i_q : 4'd0;
      end
      PAIR: begin
        z_zbuf_we = 1'b1;
        z_zbuf_wa = {3'd0, !swapped};
        z_zbuf_wd = z_v_q.payload;
      end
      CODE: begin
        z_zbuf_we = 1'b1;
        z_zbuf_wd = z_v_q.payload[16] ? z_r_q : chash_rd;
      end
      CODE2: begin
        z_zbuf_we = 1'b1;
        z_zbuf_wa = 4'd1;
        z_zbuf_wd = chash_rd;
      end
      SLOTB2: begin
        z_zbuf_we = 1'b1;
        z_zbuf_wa = z_i_q;
        z_zbuf_wd = z_r_q;
      end
      default: z_zbuf_we = 1'b0;
    endcase
    if (x_hash_pair) begin
      z_zbuf_we = 1'b1;
      z_zbuf_wa = {3'd0, swapped};
      z_zbuf_wd = x_hash_first;
    end
  end

  // ---- State ----

  always_ff @(posedge clk_i) begin : walk
    if (!rst_ni) begin
      z_state_q <= IDLE;
      z_v_q     <= 258'd0;
      z_cur_q   <= 16'd0;
      z_len_q   <= 4'd0;
      z_i_q     <= 4'd0;
      z_par_q   <= 16'd0;
    end else begin
      z_state_q <= state_d;
      if (x_hash_value || x_hash_pair || x_hash_code) begin
        z_v_q <= x_hash_v;
      end else if (z_state_q == BUILD1 || (z_state_q == SCAN1 && is_counted)) begin
        z_v_q <= cells_rd;
      end
      if (next_slot) z_i_q <= slot_last ? 4'd0 : slot_d;
      if (next_built && !built_last) z_i_q <= built_d;
      if ((z_state_q == HV || z_state_q == SCAN2) && !count_hv) begin
        z_par_q <= z_state_q == HV ? 16'd0 : z_cur_q;
        z_cur_q <= z_v_q.payload[15:0];
        z_len_q <= z_v_q.payload[19:16];
        z_i_q   <= 4'd0;
      end
      if (z_state_q == UP) begin
        z_cur_q <= z_par_q;
        z_len_q <= link_rd.len;
        z_par_q <= link_rd.next;
      end
    end
  end

  logic [255:0] size; // of a slot

  assign size = z_state_q == SLOTT && fault_i != arbitrum_pkg::FAULT_HASH_SIZE ? tsize_rd : 256'd1; // fault hash_size

  always_ff @(posedge clk_i) begin : results
    if (!rst_ni) begin
      z_size_q <= 256'd0;
      z_r_q    <= 256'd0;
    end else begin
      if (next_slot && slot_last) begin
        z_size_q <= 256'd1;
      end else if ((z_state_q == BUILD1 && (is_int || is_empty)) || z_state_q == SLOTC || z_state_q == SLOTT
          || z_state_q == SLOTB2) begin
        z_size_q <= z_size_q + size;
      end
      case (z_state_q)
        VALUE: if (is_empty) z_r_q <= arbitrum_pkg::EMPTY_HASH;
        RDC: z_r_q <= chash_rd;
        RDT: z_r_q <= thash_rd;
        DIGEST: if (digested && (z_ret_q == 3'd0 || z_ret_q == 3'd3)) z_r_q <= z_digest;
        BUF, SLOTB: if (h_beat_q) z_r_q <= {h_data_q, z_r_q[255:64]};
        default: z_r_q <= z_r_q;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin : sponge_state
    if (!rst_ni) begin
      z_base_q  <= 4'd0;
      z_n_q     <= 4'd0;
      z_np_q    <= 2'd0;
      z_j_q     <= 6'd0;
      z_pos_q   <= 5'd0;
      z_carry_q <= 16'd0;
      z_ret_q   <= 3'd0;
    end else if (sponge) begin
      z_base_q  <= base;
      z_n_q     <= count;
      z_np_q    <= np;
      z_j_q     <= 6'd0;
      z_pos_q   <= 5'd0;
      z_carry_q <= prefix;
      z_ret_q   <= ret;
    end else if (z_state_q == LANE && !ending) begin
      z_j_q     <= z_j_q + (whole ? 6'd4 : 6'd1);
      z_pos_q   <= full ? 5'd0 : z_pos_q + (whole ? 5'd4 : 5'd1);
      z_carry_q <= carry;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // X waits for the end.
      assert (!((x_hash_value || x_hash_pair || x_hash_code) && z_state_q != IDLE && z_state_q != DONE));
      assert ($countones({x_hash_value, x_hash_pair, x_hash_code}) <= 1);
      assert (!((x_kec_clear || x_kec_xor || x_kec_start) && z_state_q != IDLE));
      // Lanes fit the rate.
      assert (z_state_q != LANE || z_pos_q <= 5'd16);
    end
  end
`endif

endmodule

`default_nettype wire
