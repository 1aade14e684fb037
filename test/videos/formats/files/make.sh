#!/bin/bash
# Makes the videos of this folder, which test/videos/formats/facts.test.ts reads. The tests do not need it: the files are
# committed. Needs ffmpeg (5.1) with its usual encoders, gst-launch-1.0 (good, bad, ugly and libav plugins), mkvmerge and
# `npm install --no-save mediabunny@1.61.0 mp4box@2.4.1` for make.mjs. Encoders differ a little between versions, so a
# new file may differ in its bytes, not in its facts.
set -euo pipefail
cd "$(dirname "$0")"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

ff() { ffmpeg -nostdin -y -loglevel error "$@"; }
picture() { echo "-f lavfi -i testsrc=size=${1:-64x36}:rate=${2:-24}:duration=${3:-2}"; }
sound() { echo "-f lavfi -i sine=frequency=440:sample_rate=${2:-44100}:duration=${1:-2}"; }
H264="-c:v libx264 -preset veryslow -crf 45 -pix_fmt yuv420p"
AAC="-c:a aac -b:a 16k"
BITEXACT="-fflags +bitexact -flags:v +bitexact -flags:a +bitexact"

# Where the header is.
ff $(picture) $(sound) $H264 $AAC $BITEXACT -movflags +faststart faststart.mp4
ff $(picture) $(sound) $H264 $AAC $BITEXACT header-at-end.mp4
ff $(picture 64x36 25) $H264 $BITEXACT silent.mp4
ff -i silent.mp4 -c copy $BITEXACT quicktime.mov

# Fragments.
ff $(picture) $(sound) $H264 -g 12 $AAC $BITEXACT -movflags +empty_moov+default_base_moof+frag_keyframe fragmented.mp4
ff $(picture) $(sound) $H264 -g 12 $AAC $BITEXACT -movflags +frag_keyframe fragments-after-header.mp4
ff $(picture) $(sound) $H264 -g 12 -bf 2 $AAC $BITEXACT -movflags +cmaf+frag_keyframe cmaf.mp4
ff $(picture) $H264 -g 12 $BITEXACT -movflags +dash+frag_keyframe+delay_moov+global_sidx dash-one-index.mp4
ff $(picture) $H264 -g 12 $BITEXACT -movflags +dash+frag_keyframe+delay_moov dash-indexes.mp4
ff $(picture 64x36 25 20) $(sound 20 8000) $H264 -g 5 $AAC $BITEXACT -movflags +empty_moov+frag_keyframe+default_base_moof "$TMP/100-fragments.mp4"
gzip -9nc "$TMP/100-fragments.mp4" >100-fragments.mp4.gz
ff $(picture) $H264 $BITEXACT -movflags +empty_moov+frag_every_frame 48-fragments-of-one-frame.mp4
ff -f lavfi -i "testsrc=size=64x36:rate=24:duration=2,select='not(mod(n\,2)*lt(n\,30))'" -fps_mode vfr $H264 -g 12 $BITEXACT -movflags +empty_moov+frag_keyframe fragmented-variable-rate.mp4
ff $(picture) $(sound) $H264 -g 12 $AAC $BITEXACT -f ismv smooth-streaming.mp4
gst-launch-1.0 -q videotestsrc num-buffers=50 ! video/x-raw,width=64,height=36,framerate=25/1 ! x264enc key-int-max=25 ! mp4mux fragment-duration=500 ! filesink location=gstreamer-fragmented.mp4
gst-launch-1.0 -q videotestsrc num-buffers=50 ! video/x-raw,width=64,height=36,framerate=25/1 ! x264enc ! qtmux ! filesink location=gstreamer.mov

# Codecs.
ff $(picture 64x36 24 6) $(sound 6 48000) $H264 -c:a pcm_s16le $BITEXACT "$TMP/pcm.mov"
gzip -9nc "$TMP/pcm.mov" >pcm.mov.gz
ff $(picture 64x36 24 2) $(sound 2 8000) $H264 -c:a pcm_s24le -ac 2 $BITEXACT "$TMP/pcm-24-bit.mov"
gzip -9nc "$TMP/pcm-24-bit.mov" >pcm-24-bit.mov.gz
ff -f lavfi -i color=gray:size=64x36:rate=24:duration=10 $(sound 10 48000) -c:v prores_ks -profile:v 0 -c:a pcm_s16le -ac 2 $BITEXACT "$TMP/prores.mov"
gzip -9nc "$TMP/prores.mov" >prores.mov.gz
ff $(picture) -c:v libx265 -x265-params log-level=error -crf 45 -tag:v hvc1 -pix_fmt yuv420p $BITEXACT hevc.mp4
ff $(picture) -c:v libx265 -x265-params log-level=error -crf 45 -tag:v hev1 -pix_fmt yuv420p $BITEXACT hevc.mov
ff $(picture) -c:v libaom-av1 -cpu-used 8 -crf 60 -pix_fmt yuv420p $BITEXACT av1.mp4
ff $(picture) -c:v libvpx-vp9 -crf 60 -b:v 0 -pix_fmt yuv420p -strict -2 $BITEXACT vp9.mp4
ff $(picture) -c:v mpeg4 -q:v 31 -c:a aac $BITEXACT mpeg4.mp4
ff $(picture) -c:v mjpeg -q:v 31 -pix_fmt yuvj420p $BITEXACT mjpeg.mov
ff $(picture) $(sound 2 48000) $H264 -c:a libopus -b:a 16k $BITEXACT opus.mp4
ff $(picture) $(sound 2 48000) $H264 -c:a libmp3lame -b:a 32k $BITEXACT mp3.mp4
ff $(picture) $(sound 2 8000) $H264 -c:a flac -strict -2 $BITEXACT flac.mp4
ff $(picture) $(sound 2 8000) $H264 -c:a alac $BITEXACT alac.mov

# Rates.
ff $(picture 64x36 120) $H264 $BITEXACT 120-per-second.mp4
ff $(picture 64x36 30000/1001 5) $H264 $BITEXACT 29.97-per-second.mp4
ff $(picture 64x36 24000/1001 5) $H264 $BITEXACT 23.976-per-second.mov
ff -f lavfi -i "testsrc=size=64x36:rate=30:duration=10,select='lt(n\,60)+not(mod(n\,10))'" -fps_mode vfr $H264 -bf 0 $BITEXACT variable-rate.mp4
ff -f lavfi -i "testsrc=size=64x36:rate=30:duration=10,select='lt(n\,60)+not(mod(n\,10))'" -fps_mode vfr $H264 $BITEXACT variable-rate-out-of-order.mp4
ff -f lavfi -i "testsrc=size=64x36:rate=30:duration=10,select='lt(n\,60)+not(mod(n\,10))'" -fps_mode vfr -c:v libvpx -crf 60 -b:v 50k $BITEXACT variable-rate.webm
ff -f lavfi -i testsrc=size=64x36:rate=25 -frames:v 1 $H264 $BITEXACT one-frame.mp4
ff -f lavfi -i testsrc=size=64x36:rate=1:duration=4 $H264 $BITEXACT one-per-second.mp4

# Rotation and shape.
for degrees in 90 180 270; do ff -i silent.mp4 -c copy -metadata:s:v rotate=$degrees $BITEXACT rotated-$degrees.mp4; done
ff -f lavfi -i testsrc=size=72x58:rate=25:duration=1,setsar=16/15 $H264 $BITEXACT wide-pixels.mp4
ff -f lavfi -i testsrc=size=72x48:rate=30000/1001:duration=1,setsar=8/9 $H264 $BITEXACT narrow-pixels.mov
ff -f lavfi -i testsrc=size=72x58:rate=25:duration=1,setsar=16/15 -c:v libvpx -crf 60 -b:v 50k $BITEXACT wide-pixels.webm
ff -f lavfi -i testsrc=size=36x64:rate=24:duration=2 $H264 $BITEXACT portrait.mp4
ff -f lavfi -i testsrc=size=72x58:rate=25:duration=1,setsar=16/15 $H264 $BITEXACT "$TMP/wide.mp4"
ff -i "$TMP/wide.mp4" -c copy -metadata:s:v rotate=90 $BITEXACT wide-pixels-rotated.mp4

# Tracks and times.
ff $(picture) $(sound) $H264 $AAC $BITEXACT -map 1 -map 0 sound-first.mp4
ff $(picture) $(picture 32x32 12 2) $H264 $BITEXACT -map 0 -map 1 two-pictures.mp4
ff $(picture) -f lavfi -i color=red:size=48x48:rate=1 -frames:v:1 1 $H264 -c:v:1 png $BITEXACT -map 0 -map 1 -disposition:v:1 attached_pic -t 2 cover.mp4
printf '1\n00:00:00,000 --> 00:00:01,500\nHello\n' >"$TMP/text.srt"
ff $(picture) $(sound) -i "$TMP/text.srt" $H264 $AAC -c:s mov_text $BITEXACT -map 0 -map 1 -map 2 subtitles.mp4
ff $(picture 64x36 25) $H264 $BITEXACT -timecode 10:00:00:00 timecode.mov
printf ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two\n' >"$TMP/chapters.txt"
ff $(picture) -i "$TMP/chapters.txt" -map_metadata 1 $H264 $BITEXACT chapters.mp4
ff $(picture) $(sound 5) $H264 $AAC $BITEXACT sound-longer.mp4
ff $(picture 64x36 24 5) $(sound 2) $H264 $AAC $BITEXACT picture-longer.mp4
ff $(picture) -itsoffset 1 $(sound) $H264 $AAC $BITEXACT -map 0 -map 1 sound-delayed.mp4
ff -itsoffset 1 $(picture) $(sound) $H264 $AAC $BITEXACT -map 0 -map 1 picture-delayed.mp4
ff $(picture 64x36 24 5) $(sound 5) $H264 -g 120 $AAC $BITEXACT "$TMP/whole.mp4"
ff -ss 2.5 -i "$TMP/whole.mp4" -c copy $BITEXACT cut-without-encoding.mp4
ff $(picture) $H264 -bf 3 -b_strategy 0 $BITEXACT frames-out-of-order.mp4
ff $(picture) $H264 $BITEXACT -use_editlist 0 no-edit-list.mp4
ff -i faststart.mp4 -c copy $BITEXACT -metadata title="$(head -c 90000 /dev/zero | tr '\0' x)" -movflags +faststart "$TMP/title.mp4"
gzip -9nc "$TMP/title.mp4" >long-title.mp4.gz
ff $(sound 2 8000) $AAC $BITEXACT sound-only.mp4
ff -i silent.mp4 -c copy $BITEXACT -brand mp42 other-brand.mp4
ff -i silent.mp4 -c copy $BITEXACT -f 3gp phone.3gp.mp4
ff -i silent.mp4 -c copy $BITEXACT -f ipod apple.m4v.mp4
ff -i faststart.mp4 -c copy $BITEXACT -f psp player.mp4

# WebM.
ff $(picture) $(sound 2 48000) -c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -crf 60 -b:v 50k -c:a libvorbis $BITEXACT vp8.webm
ff $(picture) $(sound 2 48000) -c:v libvpx-vp9 -crf 60 -b:v 0 -c:a libopus -b:a 16k $BITEXACT vp9.webm
ff $(picture) -c:v libaom-av1 -cpu-used 8 -crf 60 $BITEXACT av1.webm
ff $(picture) $(sound 2 48000) -c:v libvpx -crf 60 -b:v 50k -c:a libopus -b:a 16k $BITEXACT -f webm -live 1 - | cat >live.webm
ff $(picture 64x36 30000/1001 5) -c:v libvpx-vp9 -crf 60 -b:v 0 $BITEXACT 29.97-per-second.webm
ff -i vp9.webm -c copy $BITEXACT -cues_to_front 1 cues-first.webm
mkvmerge -q -w --deterministic 1 -o mkvmerge.webm vp9.webm
ff $(picture) -c:v libvpx-vp9 -crf 60 -b:v 0 $BITEXACT -f webm - | cat >piped.webm
gst-launch-1.0 -q videotestsrc num-buffers=50 ! video/x-raw,width=64,height=36,framerate=25/1 ! vp8enc ! webmmux streamable=true ! filesink location=gstreamer-live.webm
ff $(sound 2 8000) -c:a libopus -b:a 8k $BITEXACT sound-only.webm

# As a browser records.
node record.mjs

# Long ones, whose tables and media compress well.
HOUR="-f lavfi -i color=gray:size=64x36:rate=30:duration=3600 -f lavfi -i anullsrc=sample_rate=48000:channel_layout=mono -t 3600"
ff $HOUR -c:v libx264 -preset ultrafast -crf 51 -g 60 -pix_fmt yuv420p $AAC $BITEXACT "$TMP/hour.mp4"
node make.mjs "$TMP/hour.mp4"
ff $HOUR -c:v libx264 -preset ultrafast -crf 51 -g 60 -pix_fmt yuv420p $AAC $BITEXACT -movflags +empty_moov+frag_keyframe+default_base_moof "$TMP/hour-fragmented.mp4"
gzip -9nc "$TMP/hour-fragmented.mp4" >hour-fragmented.mp4.gz
ff -i "$TMP/hour.mp4" -an -c copy $BITEXACT -movflags +dash+frag_keyframe+default_base_moof+global_sidx "$TMP/hour-dash.mp4"
gzip -9nc "$TMP/hour-dash.mp4" >hour-dash.mp4.gz
ff -f lavfi -i color=gray:size=64x36:rate=5:duration=3600 -c:v libvpx -deadline realtime -cpu-used 16 -crf 63 -b:v 1k $BITEXACT "$TMP/hour.webm"
gzip -9nc "$TMP/hour.webm" >hour.webm.gz
