// SPDX-License-Identifier: MIT OR Apache-2.0
//! The probe: every register of the core, in packing order, with widths and masks.
//!
//! This list is the owner; where each field lies in the RTL is in `signals`. It has groups, each of which begins on
//! a word: those that are all 0 unless something of theirs is in use are not packed then.

use super::Core;
use crate::trace::probe::place;
use crate::trace::{Field, Registers};
use crate::units::sha256;

const GROUPS: [&[Field]; 7] = [FRONT, EXECUTE, STATE, HASH, KECCAK, RAMS, UNITS];
const LEN: usize = FRONT.len() + EXECUTE.len() + STATE.len() + HASH.len() + KECCAK.len() + RAMS.len() + UNITS.len();

/// Probe fields, in packing order.
pub const FIELDS: &[Field] = &concat();

const fn concat() -> [Field; LEN] {
    let (mut fields, mut at, mut g) = ([FRONT[0]; LEN], 0, 0);
    while g < GROUPS.len() {
        assert!(GROUPS[g][0].width >= 64, "a group begins on a word");
        let mut i = 0;
        while i < GROUPS[g].len() {
            fields[at] = GROUPS[g][i];
            at += 1;
            i += 1;
        }
        g += 1;
    }
    fields
}

/// Words of a group of `N` fields.
const fn size<const N: usize>(fields: &[Field]) -> usize {
    let (mut widths, mut i) = ([0; N], 0);
    while i < N {
        widths[i] = fields[i].width;
        i += 1;
    }
    (place(&widths)[N - 1] as usize + widths[N - 1] as usize).div_ceil(64)
}

/// Packs a group of `N` words if something of it is in use; returns the words of the next groups.
#[inline(always)]
fn group<const N: usize>(words: &mut [u64], used: bool, pack: impl FnOnce(&mut [u64])) -> &mut [u64] {
    let (group, rest) = words.split_first_chunk_mut::<N>().expect("the probe's length");
    if used {
        pack(group)
    } else {
        *group = [0; N]
    }
    rest
}

/// A RAM of tuples, of hashes or of the lower stacks was read or written.
#[inline(always)]
fn rams(c: &Core) -> bool {
    let loaded = c.code_ram.wv() | c.pool.wv() | c.chash.rv() | c.chash.wv();
    let stacks = c.data.rv() | c.data.wv() | c.aux_ram.rv() | c.aux_ram.wv();
    let tuples = c.cells.rv() | c.cells.wv() | c.count_ram.rv() | c.count_ram.wv() | c.link.rv() | c.link.wv();
    let hashes = c.thash.rv() | c.thash.wv() | c.tsize.rv() | c.tsize.wv() | c.zbuf.wv();
    loaded | stacks | tuples | hashes
}

#[inline(always)]
fn units(c: &Core) -> bool {
    c.mul.m_busy_q | c.div.v_busy_q | c.sha.y_busy_q
}

/// Packs the probe of the core after a clock.
pub fn pack(c: &Core, words: &mut [u64]) {
    let words = group::<{ size::<{ FRONT.len() }>(FRONT) }>(words, true, |w| pack_front(c, w));
    let words = group::<{ size::<{ EXECUTE.len() }>(EXECUTE) }>(words, true, |w| pack_execute(c, w));
    let words = group::<{ size::<{ STATE.len() }>(STATE) }>(words, true, |w| pack_state(c, w));
    let words = group::<{ size::<{ HASH.len() }>(HASH) }>(words, true, |w| pack_hash(c, w));
    let words = group::<{ size::<{ KECCAK.len() }>(KECCAK) }>(words, c.keccak.q_busy_q, |w| pack_keccak(c, w));
    let words = group::<{ size::<{ RAMS.len() }>(RAMS) }>(words, rams(c), |w| pack_rams(c, w));
    group::<{ size::<{ UNITS.len() }>(UNITS) }>(words, units(c), |w| pack_units(c, w));
}

/// Whether another description's registers are as the core's, masked as in the probe.
#[inline]
pub fn same<R: Registers>(c: &Core, rtl: &R) -> bool {
    const AT: [usize; GROUPS.len()] = starts();
    same_front(c, rtl, AT[0])
        && same_execute(c, rtl, AT[1])
        && same_state(c, rtl, AT[2])
        && same_hash(c, rtl, AT[3])
        && if c.keccak.q_busy_q { same_keccak(c, rtl, AT[4]) } else { idle_keccak(rtl, AT[4]) }
        && if rams(c) { same_rams(c, rtl, AT[5]) } else { idle_rams(rtl, AT[5]) }
        && if units(c) { same_units(c, rtl, AT[6]) } else { idle_units(rtl, AT[6]) }
}

/// Index of the first field of each group.
const fn starts() -> [usize; GROUPS.len()] {
    let (mut at, mut g) = ([0; GROUPS.len()], 1);
    while g < GROUPS.len() {
        at[g] = at[g - 1] + GROUPS[g - 1].len();
        g += 1;
    }
    at
}

crate::probe! {
/// Packs D, I, the two stacks, the gas and W.
pub fn pack_front, same_front, idle_front(c: &Core) -> FRONT:
    s_a_q: 258 if s_depth_q = c.stack.s_a_q;
    s_b_q: 258 if s_two = c.stack.s_b_q;
    t_top_q: 258 = c.aux.t_top_q;
    g_hi_q: 192 = c.gas.g_hi_q;
    g_lo_q: 64 = c.gas.g_lo_q;
    pool_rd: 258 if pool_rv_q = c.pool.rd();
    code_rd: 42 if code_rv_q = c.code_ram.rd();
    code_rv_q: 1 = c.code_ram.rv();
    pool_rv_q: 1 = c.pool.rv();
    s_two: 1 = c.stack.s_two();
    s_fill_q: 1 = c.stack.s_fill_q;
    t_und_q: 1 = c.aux.t_und_q;
    g_borrow_q: 1 = c.gas.g_borrow_q;
    g_plenty_q: 1 = c.gas.g_plenty_q;
    g_short_q: 1 = c.gas.g_short_q;
    d_v_q: 1 = c.front.d_v_q;
    i_v_q: 1 = c.front.i_v_q;
    w_v_q: 1 = c.retire.w_v_q;
    w_bad_q: 1 = c.retire.w_bad_q;
    w_drop_q: 1 = c.retire.w_drop_q;
    w_op_q: 8 = c.retire.w_op_q;
    d_pc_q: 16 = c.front.d_pc_q;
    i_pc_q: 16 = c.front.i_pc_q;
    i_imm_q: 16 = c.front.i_imm_q;
    i_next_q: 16 = c.front.i_next_q;
    i_op_q: 8 = c.front.i_op_q;
    i_kind_q: 2 = c.front.i_kind_q;
    s_depth_q: 11 = c.stack.s_depth_q;
    s_base_q: 11 = c.stack.s_base_q;
    t_depth_q: 14 = c.aux.t_depth_q;
    w_pc_q: 16 = c.retire.w_pc_q;
    w_next_q: 16 = c.retire.w_next_q;
    w_exc_q: 2 = c.retire.w_exc_q;
    win_wd_q: 258 if win_wv_q = c.win.wd();
    win_wa_q: 5 if win_wv_q = c.win.wa();
    win_wv_q: 1 = c.win.wv();
}

crate::probe! {
/// Packs X and the counts.
pub fn pack_execute, same_execute, idle_execute(c: &Core) -> EXECUTE:
    x_imm_q: 258 if x_v_q = c.execute.x_imm_q;
    x_r_q: 256 = c.execute.x_r_q;
    x_dec_q: 32 = c.execute.x_dec_q.word();
    x_pc_q: 16 = c.execute.x_pc_q;
    x_next_q: 16 = c.execute.x_next_q;
    x_old_q: 21 = c.execute.x_old_q;
    x_new_q: 16 = c.execute.x_new_q;
    x_op_q: 8 = c.execute.x_op_q;
    x_step_q: 4 = c.execute.x_step_q;
    x_i_q: 4 = c.execute.x_i_q;
    x_n_q: 3 = c.execute.x_n_q;
    x_kind_q: 2 = c.execute.x_kind_q;
    x_exc_q: 2 = c.execute.x_exc_q;
    x_v_q: 1 = c.execute.x_v_q;
    x_imm_v_q: 1 = c.execute.x_imm_v_q;
    x_had_q: 1 = c.execute.x_had_q;
    x_gas_q: 1 = c.execute.x_gas_q;
    x_bad_q: 1 = c.execute.x_bad_q;
    x_na_q: 1 = c.execute.x_na_q;
    x_one_q: 1 = c.execute.x_one_q;
    k_inc_v_q: 1 = c.counts.k_inc_v_q;
    k_d0_v_q: 1 = c.counts.k_d0_v_q;
    k_d1_v_q: 1 = c.counts.k_d1_v_q;
    k_d2_v_q: 1 = c.counts.k_d2_v_q;
    k1_v_q: 1 = c.counts.k1_v_q;
    k1_inc_q: 1 = c.counts.k1_inc_q;
    k_inc_a_q: 16 = c.counts.k_inc_a_q;
    k_d0_a_q: 16 = c.counts.k_d0_a_q;
    k_d1_a_q: 16 = c.counts.k_d1_a_q;
    k_d2_a_q: 16 = c.counts.k_d2_a_q;
    k1_a_q: 16 = c.counts.k1_a_q;
    k_d0_l_q: 4 = c.counts.k_d0_l_q;
    k_d1_l_q: 4 = c.counts.k_d1_l_q;
    k_d2_l_q: 4 = c.counts.k_d2_l_q;
    k1_l_q: 4 = c.counts.k1_l_q;
}

crate::probe! {
/// Packs what lasts longer: the machine's registers, blocks, code, port, loader, arithmetic.
pub fn pack_state, same_state, idle_state(c: &Core) -> STATE:
    n_reg_q: 258 = c.state.n_reg_q;
    n_static_q: 258 = c.state.n_static_q;
    l_cell_q: 256 = c.loader.l_cell_q;
    e_a_q: 256 = c.arith.e_a_q;
    e_b_q: 256 = c.arith.e_b_q;
    v_rem_q: 256 = c.div.v_rem_q;
    p_free_q: 64 = c.heap.p_free_q;
    h_req_a_q: 64 = c.port.h_req_a_q;
    h_req_b_q: 64 = c.port.h_req_b_q;
    h_data_q: 64 if h_beat_q = c.port.h_data_q;
    l_word_q: 42 = c.loader.l_word_q;
    n_err_q: 16 = c.state.n_err_q;
    h_req_tag_q: 6 = c.port.h_req_tag_q;
    p_dead_q: 16 = c.heap.p_dead_q;
    p_todo_q: 16 = c.heap.p_todo_q;
    p_cur_q: 16 = c.heap.p_cur_q;
    p_len_q: 4 = c.heap.p_len_q;
    p_i_q: 4 = c.heap.p_i_q;
    p_state_q: 3 = c.heap.p_state_q;
    h_seq_q: 5 = c.port.h_seq_q;
    p_top_q: 17 = c.heap.p_top_q;
    c_top_q: 16 = c.code.c_top_q;
    c_pool_q: 16 = c.code.c_pool_q;
    h_req_kind_q: 4 = c.port.h_req_kind_q;
    e_n_q: 9 = c.arith.e_n_q;
    e_neg_q: 1 = c.arith.e_neg_q;
    e_c_q: 1 = c.arith.e_c_q;
    l_codes_q: 16 = c.loader.l_codes_q;
    l_pools_q: 16 = c.loader.l_pools_q;
    l_heap_q: 16 = c.loader.l_heap_q;
    l_entry_q: 16 = c.loader.l_entry_q;
    l_n_q: 16 = c.loader.l_n_q;
    e_state_q: 4 = c.arith.e_state_q;
    l_state_q: 4 = c.loader.l_state_q;
    l_b_q: 3 = c.loader.l_b_q;
    l_outcome_q: 3 = c.loader.l_outcome_q;
    l_legacy_q: 1 = c.loader.l_legacy_q;
    h_req_valid_q: 1 = c.port.h_req_valid_q;
    h_rsp_ready_q: 1 = c.port.h_rsp_ready_q;
    h_beat_q: 1 = c.port.h_beat_q;
    h_last_q: 1 if h_beat_q = c.port.h_last_q;
}

crate::probe! {
/// Packs the hash engine.
pub fn pack_hash, same_hash, idle_hash(c: &Core) -> HASH:
    z_v_q: 258 = c.hash.z_v_q;
    z_size_q: 256 = c.hash.z_size_q;
    z_r_q: 256 = c.hash.z_r_q;
    z_cur_q: 16 = c.hash.z_cur_q;
    z_par_q: 16 = c.hash.z_par_q;
    z_carry_q: 16 = c.hash.z_carry_q;
    z_len_q: 4 = c.hash.z_len_q;
    z_i_q: 4 = c.hash.z_i_q;
    z_base_q: 4 = c.hash.z_base_q;
    z_n_q: 4 = c.hash.z_n_q;
    z_j_q: 6 = c.hash.z_j_q;
    z_pos_q: 5 = c.hash.z_pos_q;
    z_state_q: 5 = c.hash.z_state_q;
    z_ret_q: 3 = c.hash.z_ret_q;
    z_np_q: 2 = c.hash.z_np_q;
}

crate::probe! {
/// Packs Keccak-f.
pub fn pack_keccak, same_keccak, idle_keccak(c: &Core) -> KECCAK:
    q_s_q: 1600 if q_busy_q = c.keccak.q_s_q;
    q_round_q: 5 = c.keccak.q_round_q;
    q_busy_q: 1 = c.keccak.q_busy_q;
}

crate::probe! {
/// Packs the ports of RAMs that not every instruction uses.
pub fn pack_rams, same_rams, idle_rams(c: &Core) -> RAMS:
    cells_rd: 258 if cells_rv_q = c.cells.rd();
    cells_wd_q: 258 if cells_wv_q = c.cells.wd();
    data_rd: 258 if data_rv_q = c.data.rd();
    data_wd_q: 258 if data_wv_q = c.data.wd();
    aux_rd: 258 if aux_rv_q = c.aux_ram.rd();
    aux_wd_q: 258 if aux_wv_q = c.aux_ram.wd();
    pool_wd_q: 258 if pool_wv_q = c.pool.wd();
    chash_rd: 256 if chash_rv_q = c.chash.rd();
    chash_wd_q: 256 if chash_wv_q = c.chash.wd();
    thash_rd: 256 if thash_rv_q = c.thash.rd();
    thash_wd_q: 256 if thash_wv_q = c.thash.wd();
    tsize_rd: 256 if tsize_rv_q = c.tsize.rd();
    tsize_wd_q: 256 if tsize_wv_q = c.tsize.wd();
    zbuf_wd_q: 256 if zbuf_wv_q = c.zbuf.wd();
    code_wd_q: 42 if code_wv_q = c.code_ram.wd();
    count_rd: 17 if count_rv_q = c.count_ram.rd();
    zbuf_wa_q: 4 if zbuf_wv_q = c.zbuf.wa();
    zbuf_wv_q: 1 = c.zbuf.wv();
    count_wd_q: 17 if count_wv_q = c.count_ram.wd();
    link_rd: 23 if link_rv_q = c.link.rd();
    link_wd_q: 23 if link_wv_q = c.link.wd();
    code_wv_q: 1 = c.code_ram.wv();
    code_wa_q: 13 if code_wv_q = c.code_ram.wa();
    chash_wa_q: 13 if chash_wv_q = c.chash.wa();
    pool_wa_q: 12 if pool_wv_q = c.pool.wa();
    data_wa_q: 10 if data_wv_q = c.data.wa();
    aux_wa_q: 13 if aux_wv_q = c.aux_ram.wa();
    pool_wv_q: 1 = c.pool.wv();
    chash_rv_q: 1 = c.chash.rv();
    chash_wv_q: 1 = c.chash.wv();
    cells_wa_q: 13 if cells_wv_q = c.cells.wa();
    count_wa_q: 13 if count_wv_q = c.count_ram.wa();
    link_wa_q: 13 if link_wv_q = c.link.wa();
    thash_wa_q: 13 if thash_wv_q = c.thash.wa();
    data_rv_q: 1 = c.data.rv();
    data_wv_q: 1 = c.data.wv();
    aux_rv_q: 1 = c.aux_ram.rv();
    aux_wv_q: 1 = c.aux_ram.wv();
    cells_rv_q: 1 = c.cells.rv();
    cells_wv_q: 1 = c.cells.wv();
    count_rv_q: 1 = c.count_ram.rv();
    count_wv_q: 1 = c.count_ram.wv();
    link_rv_q: 1 = c.link.rv();
    link_wv_q: 1 = c.link.wv();
    thash_rv_q: 1 = c.thash.rv();
    thash_wv_q: 1 = c.thash.wv();
    tsize_wa_q: 13 if tsize_wv_q = c.tsize.wa();
    tsize_rv_q: 1 = c.tsize.rv();
    tsize_wv_q: 1 = c.tsize.wv();
}

crate::probe! {
/// Packs the multiplier, the divider and SHA-256.
pub fn pack_units, same_units, idle_units(c: &Core) -> UNITS:
    m_row_q: 272 if m_busy_q = c.mul.m_row_q;
    m_a_q: 256 if m_busy_q = c.mul.m_a_q;
    m_b_q: 256 if m_busy_q = c.mul.m_b_q;
    m_hi_q: 256 if m_busy_q = c.mul.m_hi_q;
    m_lo_q: 256 if m_busy_q = c.mul.m_lo_q;
    v_dv3_q: 258 if v_busy_q = c.div.v_dv3_q;
    v_quo_q: 256 if v_busy_q = c.div.v_quo_q;
    v_dv_q: 256 if v_busy_q = c.div.v_dv_q;
    y_in_q: 256 if y_busy_q = sha256::limbs::<8, 4>(&c.sha.y_in_q);
    y_s_q: 256 if y_busy_q = sha256::limbs::<8, 4>(&c.sha.y_s_q);
    y_w_q: 512 if y_busy_q = sha256::limbs::<16, 8>(&c.sha.y_w_q);
    v_left_q: 8 if v_busy_q = c.div.v_left_q;
    y_cnt_q: 7 = c.sha.y_cnt_q;
    m_cnt_q: 5 if m_busy_q = c.mul.m_cnt_q;
    v_state_q: 3 = c.div.v_state_q;
    m_state_q: 2 = c.mul.m_state_q;
    m_wide_q: 1 if m_busy_q = c.mul.m_wide_q;
    m_first_q: 1 if m_busy_q = c.mul.m_first_q;
    m_busy_q: 1 = c.mul.m_busy_q;
    v_busy_q: 1 = c.div.v_busy_q;
    y_busy_q: 1 = c.sha.y_busy_q;
}
