# Firmware of the offload engine (docs/devices.md): takes requests from the mailbox and does them.
# RV32I, position 0. scripts/device-firmware makes offload.fw of it.

        .option norvc
        .option norelax

        .equ    PERIPHERALS, 0x40000000
        .equ    MAILBOX, 0x00
        .equ    REQUEST_LOW, 0x04
        .equ    REQUEST_HIGH, 0x08
        .equ    REQUEST_TAG, 0x0C
        .equ    TAKE, 0x10
        .equ    REPLY, 0x14
        .equ    DMA_HOST_LOW, 0x20
        .equ    DMA_HOST_HIGH, 0x24
        .equ    DMA_LOCAL, 0x28
        .equ    DMA_LENGTH, 0x2C
        .equ    DMA_COMMAND, 0x30
        .equ    DMA_STATUS, 0x34
        .equ    SLEEP, 0x50

        .equ    TO_LOCAL, 1
        .equ    TO_HOST, 2

        .equ    REQUEST, 0x8000         # copy of the request, 64 bytes
        .equ    BUFFER, 0x9000
        .equ    BUFFER_SIZE, 0x1000

        .equ    OPERATION, 0x00         # of a request
        .equ    STATUS, 0x04
        .equ    SOURCE, 0x08
        .equ    DESTINATION, 0x10
        .equ    LENGTH, 0x18
        .equ    VALUE, 0x1C
        .equ    RESULT, 0x20

        .equ    DONE, 1
        .equ    BAD_REQUEST, 2
        .equ    REFUSED, 3

# s0 peripherals, s1:s2 address of the request, s3 its tag, s4 its copy
# s5:s6 source, s7:s8 destination, s9 bytes left, s10 CRC, s11 bytes in the buffer

        .text
        .globl  _start
_start: lui     s0, PERIPHERALS >> 12
        lui     s4, REQUEST >> 12
idle:   lw      t0, MAILBOX(s0)
        andi    t0, t0, 1
        bnez    t0, take
        sw      zero, SLEEP(s0)
        j       idle

take:   lw      s1, REQUEST_LOW(s0)
        lw      s2, REQUEST_HIGH(s0)
        lw      s3, REQUEST_TAG(s0)
        sw      zero, TAKE(s0)
        mv      a0, s1
        mv      a1, s2
        mv      a2, s4
        li      a3, 64
        li      a4, TO_LOCAL
        jal     ra, transfer
        bnez    a0, lost
        lw      s5, SOURCE(s4)
        lw      s6, SOURCE+4(s4)
        lw      s7, DESTINATION(s4)
        lw      s8, DESTINATION+4(s4)
        lw      s9, LENGTH(s4)
        lw      t0, OPERATION(s4)
        li      t1, 1
        beq     t0, t1, copy
        li      t1, 2
        beq     t0, t1, fill
        li      t1, 3
        beq     t0, t1, checksum
        li      t0, BAD_REQUEST
        j       finish

# --- the request itself could not be read: only the reply can say so (bit 31)
lost:   lui     t0, 0x80000
        or      t0, t0, s3
        sw      t0, REPLY(s0)
        j       idle

copy:   beqz    s9, done
        jal     ra, fetch
        bnez    a0, refused
        jal     ra, put
        bnez    a0, refused
        j       copy

# --- the buffer is filled once, then written as often as need be
fill:   lw      t0, VALUE(s4)
        lui     t1, BUFFER >> 12
        lui     t2, (BUFFER + BUFFER_SIZE) >> 12
1:      sb      t0, 0(t1)
        addi    t1, t1, 1
        bltu    t1, t2, 1b
2:      beqz    s9, done
        jal     ra, part
        jal     ra, put
        bnez    a0, refused
        j       2b

checksum:
        li      s10, -1
1:      beqz    s9, 5f
        jal     ra, fetch
        bnez    a0, refused
        lui     t0, BUFFER >> 12
        add     t1, t0, s11
        li      t2, 0xEDB88320
2:      lbu     t3, 0(t0)
        xor     s10, s10, t3
        li      t4, 8
3:      andi    t5, s10, 1
        srli    s10, s10, 1
        beqz    t5, 4f
        xor     s10, s10, t2
4:      addi    t4, t4, -1
        bnez    t4, 3b
        addi    t0, t0, 1
        bltu    t0, t1, 2b
        sub     s9, s9, s11
        j       1b
5:      not     s10, s10
        sw      s10, RESULT(s4)
        addi    a0, s1, RESULT
        sltu    t0, a0, s1
        add     a1, s2, t0
        addi    a2, s4, RESULT
        li      a3, 4
        li      a4, TO_HOST
        jal     ra, transfer
        bnez    a0, refused

done:   li      t0, DONE
        j       finish
refused:
        li      t0, REFUSED

# --- t0: status, written behind everything else
finish: sw      t0, STATUS(s4)
        addi    a0, s1, STATUS
        sltu    t0, a0, s1
        add     a1, s2, t0
        addi    a2, s4, STATUS
        li      a3, 4
        li      a4, TO_HOST
        jal     ra, transfer
        sw      s3, REPLY(s0)
        j       idle

# --- s11: size of the next part
part:   lui     s11, BUFFER_SIZE >> 12
        bgeu    s9, s11, 1f
        mv      s11, s9
1:      ret

# --- the next part of the source into the buffer; a0: not zero where it was refused
fetch:  mv      t6, ra
        jal     ra, part
        mv      a0, s5
        mv      a1, s6
        lui     a2, BUFFER >> 12
        mv      a3, s11
        li      a4, TO_LOCAL
        jal     ra, transfer
        add     t0, s5, s11
        sltu    t1, t0, s5
        mv      s5, t0
        add     s6, s6, t1
        jr      t6

# --- the buffer to the next part of the destination, which then is behind us
put:    mv      t6, ra
        mv      a0, s7
        mv      a1, s8
        lui     a2, BUFFER >> 12
        mv      a3, s11
        li      a4, TO_HOST
        jal     ra, transfer
        add     t0, s7, s11
        sltu    t1, t0, s7
        mv      s7, t0
        add     s8, s8, t1
        sub     s9, s9, s11
        jr      t6

# --- a1:a0 host, a2 local, a3 length, a4 direction; a0: not zero where it was refused
transfer:
        sw      a0, DMA_HOST_LOW(s0)
        sw      a1, DMA_HOST_HIGH(s0)
        sw      a2, DMA_LOCAL(s0)
        sw      a3, DMA_LENGTH(s0)
        sw      a4, DMA_COMMAND(s0)
1:      sw      zero, SLEEP(s0)
        lw      a0, DMA_STATUS(s0)
        andi    t0, a0, 1
        bnez    t0, 1b
        srli    a0, a0, 1
        ret
