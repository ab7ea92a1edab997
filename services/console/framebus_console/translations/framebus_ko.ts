<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko" sourcelanguage="en">
<context>
    <name>Actions</name>
    <message>
        <source>Menu (F10)</source>
        <translation>메뉴 (F10)</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>메뉴</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>밝게</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>어둡게</translation>
    </message>
</context>
<context>
    <name>Cause</name>
    <message>
        <source>sensor</source>
        <translation>센서</translation>
    </message>
    <message>
        <source>source</source>
        <translation>소스</translation>
    </message>
    <message>
        <source>encoder</source>
        <translation>인코더</translation>
    </message>
    <message>
        <source>link</source>
        <translation>링크</translation>
    </message>
    <message>
        <source>bus</source>
        <translation>버스</translation>
    </message>
    <message>
        <source>late</source>
        <translation>지연</translation>
    </message>
    <message>
        <source>resync</source>
        <translation>재동기</translation>
    </message>
    <message>
        <source>corrupt</source>
        <translation>손상</translation>
    </message>
    <message>
        <source>viewer</source>
        <translation>시청자</translation>
    </message>
</context>
<context>
    <name>Choice</name>
    <message>
        <source>Auto</source>
        <translation>자동</translation>
    </message>
    <message>
        <source>Manual</source>
        <translation>수동</translation>
    </message>
    <message>
        <source>Continuous</source>
        <translation>연속</translation>
    </message>
    <message>
        <source>Normal</source>
        <translation>보통</translation>
    </message>
    <message>
        <source>Short</source>
        <translation>짧게</translation>
    </message>
    <message>
        <source>Long</source>
        <translation>길게</translation>
    </message>
    <message>
        <source>High quality</source>
        <translation>고품질</translation>
    </message>
    <message>
        <source>Centre weighted</source>
        <translation>중앙 중점</translation>
    </message>
    <message>
        <source>Multi exposure</source>
        <translation>다중 노출</translation>
    </message>
    <message>
        <source>Multi exposure unmerged</source>
        <translation>다중 노출 (병합 안 함)</translation>
    </message>
    <message>
        <source>Single exposure</source>
        <translation>단일 노출</translation>
    </message>
    <message>
        <source>Night</source>
        <translation>야간</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>끔</translation>
    </message>
    <message>
        <source>Fast</source>
        <translation>빠르게</translation>
    </message>
    <message>
        <source>Minimal</source>
        <translation>최소</translation>
    </message>
    <message>
        <source>Incandescent</source>
        <translation>백열등</translation>
    </message>
    <message>
        <source>Tungsten</source>
        <translation>텅스텐</translation>
    </message>
    <message>
        <source>Fluorescent</source>
        <translation>형광등</translation>
    </message>
    <message>
        <source>Indoor</source>
        <translation>실내</translation>
    </message>
    <message>
        <source>Daylight</source>
        <translation>햇빛</translation>
    </message>
    <message>
        <source>Cloudy</source>
        <translation>흐림</translation>
    </message>
    <message>
        <source>Spot</source>
        <translation>스팟</translation>
    </message>
    <message>
        <source>Matrix</source>
        <translation>다분할</translation>
    </message>
</context>
<context>
    <name>Control</name>
    <message>
        <source>Brightness</source>
        <translation>밝기</translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation>대비</translation>
    </message>
    <message>
        <source>Saturation</source>
        <translation>채도</translation>
    </message>
    <message>
        <source>Sharpness</source>
        <translation>선명도</translation>
    </message>
    <message>
        <source>Exposure time</source>
        <translation>노출 시간</translation>
    </message>
    <message>
        <source>Lens position</source>
        <translation>렌즈 위치</translation>
    </message>
    <message>
        <source>Hue</source>
        <translation>색조</translation>
    </message>
    <message>
        <source>Gain</source>
        <translation>게인</translation>
    </message>
    <message>
        <source>Auto exposure</source>
        <translation>자동 노출</translation>
    </message>
    <message>
        <source>Exposure compensation</source>
        <translation>노출 보정</translation>
    </message>
    <message>
        <source>Auto white balance</source>
        <translation>자동 화이트밸런스</translation>
    </message>
    <message>
        <source>White balance</source>
        <translation>화이트밸런스</translation>
    </message>
    <message>
        <source>Red gain</source>
        <translation>빨강 게인</translation>
    </message>
    <message>
        <source>Blue gain</source>
        <translation>파랑 게인</translation>
    </message>
    <message>
        <source>Focus</source>
        <translation>초점</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>줌</translation>
    </message>
    <message>
        <source>Noise reduction</source>
        <translation>노이즈 감소</translation>
    </message>
    <message>
        <source>HDR</source>
        <translation>HDR</translation>
    </message>
    <message>
        <source>Metering</source>
        <translation>측광</translation>
    </message>
    <message>
        <source>Exposure mode</source>
        <translation>노출 모드</translation>
    </message>
    <message>
        <source>Horizontal flip</source>
        <translation>좌우 뒤집기</translation>
    </message>
    <message>
        <source>Vertical flip</source>
        <translation>상하 뒤집기</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>속도</translation>
    </message>
    <message>
        <source>Position</source>
        <translation>위치</translation>
    </message>
    <message>
        <source>Gamma</source>
        <translation>감마</translation>
    </message>
</context>
<context>
    <name>ControlsPanel</name>
    <message>
        <source>the camera decides</source>
        <translation>카메라가 자동으로 정함</translation>
    </message>
    <message>
        <source>Refused: %1</source>
        <translation>거부됨: %1</translation>
    </message>
    <message>
        <source>Reset all to default</source>
        <translation>모두 기본값으로</translation>
    </message>
    <message>
        <source>This camera has no controls of its own.</source>
        <translation>이 카메라에는 자체 조절 항목이 없습니다.</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>카메라</translation>
    </message>
    <message>
        <source>Back to the default</source>
        <translation>기본값으로</translation>
    </message>
</context>
<context>
    <name>Layout</name>
    <message>
        <source>Camera</source>
        <translation>카메라</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>수치</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>로그</translation>
    </message>
    <message>
        <source>Snapshot</source>
        <translation>사진 찍기</translation>
    </message>
    <message>
        <source>Save this picture in full size (Ctrl+T)</source>
        <translation>이 화면을 원본 크기로 저장 (Ctrl+T)</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>영상</translation>
    </message>
    <message>
        <source>Cameras</source>
        <translation>카메라 목록</translation>
    </message>
</context>
<context>
    <name>Level</name>
    <message>
        <source>debug</source>
        <translation>디버그</translation>
    </message>
    <message>
        <source>info</source>
        <translation>정보</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>경고</translation>
    </message>
    <message>
        <source>error</source>
        <translation>오류</translation>
    </message>
    <message>
        <source>critical</source>
        <translation>심각</translation>
    </message>
</context>
<context>
    <name>Live</name>
    <message>
        <source>no broker answers at %1</source>
        <translation>%1에서 응답하는 브로커가 없습니다</translation>
    </message>
    <message>
        <source>connecting as soon as there is one</source>
        <translation>브로커가 시작되면 바로 연결합니다</translation>
    </message>
    <message>
        <source>waiting for a camera</source>
        <translation>카메라를 기다리는 중</translation>
    </message>
    <message>
        <source>waiting for the first picture</source>
        <translation>첫 영상을 기다리는 중</translation>
    </message>
</context>
<context>
    <name>LogModel</name>
    <message>
        <source>Time</source>
        <translation>시각</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>수준</translation>
    </message>
    <message>
        <source>Service</source>
        <translation>서비스</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>내용</translation>
    </message>
</context>
<context>
    <name>LogView</name>
    <message>
        <source>All</source>
        <translation>전체</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>정보</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>경고</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>오류</translation>
    </message>
    <message>
        <source>Least level that is shown</source>
        <translation>표시할 최소 수준</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>수준</translation>
    </message>
    <message>
        <source>Search (Ctrl+F)</source>
        <translation>검색 (Ctrl+F)</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>검색</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>멈춤</translation>
    </message>
    <message>
        <source>Hold the log still (Ctrl+P)</source>
        <translation>로그를 멈춰 두기 (Ctrl+P)</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>저장</translation>
    </message>
    <message>
        <source>Save the lines shown to a file (Ctrl+S)</source>
        <translation>표시된 줄을 파일로 저장 (Ctrl+S)</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>지우기</translation>
    </message>
    <message>
        <source>Forget the lines shown here</source>
        <translation>여기에 표시된 줄 지우기</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%2줄 중 %1줄</translation>
    </message>
    <message>
        <source>, %1 waiting</source>
        <translation>, %1줄 대기 중</translation>
    </message>
</context>
<context>
    <name>Number</name>
    <message>
        <source>auto</source>
        <translation>자동</translation>
    </message>
</context>
<context>
    <name>Plots</name>
    <message>
        <source>Frames per second</source>
        <translation>초당 프레임 수</translation>
    </message>
    <message>
        <source>Bitrate, Mbit/s</source>
        <translation>비트레이트, Mbit/s</translation>
    </message>
    <message>
        <source>Age, ms</source>
        <translation>지연 시간, ms</translation>
    </message>
</context>
<context>
    <name>Problem</name>
    <message>
        <source>not allowed</source>
        <translation>권한이 없음</translation>
    </message>
    <message>
        <source>nothing can be written there</source>
        <translation>그곳에는 쓸 수 없음</translation>
    </message>
    <message>
        <source>there is no such folder</source>
        <translation>그런 폴더가 없음</translation>
    </message>
    <message>
        <source>a file is where a folder should be</source>
        <translation>폴더 자리에 파일이 있음</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>디스크가 가득 참</translation>
    </message>
</context>
<context>
    <name>Reason</name>
    <message>
        <source>the broker does not answer</source>
        <translation>브로커가 응답하지 않음</translation>
    </message>
    <message>
        <source>capture is not heard of</source>
        <translation>캡처 서비스에서 소식이 없음</translation>
    </message>
    <message>
        <source>capture was stopped</source>
        <translation>캡처 서비스가 종료됨</translation>
    </message>
    <message>
        <source>not streaming</source>
        <translation>전송하지 않음</translation>
    </message>
    <message>
        <source>no frames arrive in time</source>
        <translation>프레임이 제때 도착하지 않음</translation>
    </message>
    <message>
        <source>stopped by %1</source>
        <translation>%1에서 정지함</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>정지됨</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>시작하는 중</translation>
    </message>
    <message>
        <source>the link is free</source>
        <translation>링크에 여유가 충분함</translation>
    </message>
    <message>
        <source>the link has room</source>
        <translation>링크에 여유가 있음</translation>
    </message>
    <message>
        <source>the link bears %1 Mbit/s</source>
        <translation>링크가 %1 Mbit/s까지 감당함</translation>
    </message>
    <message>
        <source>frames wait on the way, %1 Mbit/s arrive</source>
        <translation>프레임이 도중에 밀려 %1 Mbit/s만 도착함</translation>
    </message>
    <message>
        <source>probing whether the link bears more</source>
        <translation>링크에 여유가 더 있는지 확인하는 중</translation>
    </message>
    <message>
        <source>console</source>
        <translation>콘솔</translation>
    </message>
    <message>
        <source>changing to %1</source>
        <translation>바꾸는 중: %1</translation>
    </message>
    <message>
        <source>no frame for %1 s</source>
        <translation>%1초 동안 프레임이 없음</translation>
    </message>
    <message>
        <source>waiting for parameter sets</source>
        <translation>매개변수 집합을 기다리는 중</translation>
    </message>
    <message>
        <source>waiting for a keyframe</source>
        <translation>키프레임을 기다리는 중</translation>
    </message>
    <message>
        <source>the camera gives no frames; was it unplugged?</source>
        <translation>카메라에서 프레임이 오지 않음, 연결이 빠졌는지 확인하세요</translation>
    </message>
    <message>
        <source>the camera gave a frame that cannot be read</source>
        <translation>카메라가 읽을 수 없는 프레임을 보냄</translation>
    </message>
    <message>
        <source>there is no such device; is the camera plugged in?</source>
        <translation>장치가 없음, 카메라가 연결되었는지 확인하세요</translation>
    </message>
    <message>
        <source>no permission; add yourself to the group &apos;video&apos;</source>
        <translation>권한이 없음, 사용자를 &apos;video&apos; 그룹에 추가하세요</translation>
    </message>
    <message>
        <source>another program uses it</source>
        <translation>다른 프로그램이 사용 중</translation>
    </message>
    <message>
        <source>%1 is no camera, or another program uses it</source>
        <translation>%1: 카메라가 아니거나 다른 프로그램이 사용 중</translation>
    </message>
    <message>
        <source>this camera does not do that; the nearest is %1</source>
        <translation>이 카메라는 지원하지 않음, 가장 가까운 것은 %1</translation>
    </message>
    <message>
        <source>there is no such camera; libcamera finds %1</source>
        <translation>그런 카메라가 없음, libcamera가 찾은 카메라: %1대</translation>
    </message>
    <message>
        <source>cannot start with %1: %2</source>
        <translation>%1: 시작할 수 없음: %2</translation>
    </message>
    <message>
        <source>cannot open %1: %2</source>
        <translation>%1: 열 수 없음: %2</translation>
    </message>
    <message>
        <source>it holds no frames that can be shown</source>
        <translation>보여 줄 수 있는 프레임이 들어 있지 않음</translation>
    </message>
    <message>
        <source>it failed: %1</source>
        <translation>실패함: %1</translation>
    </message>
    <message>
        <source>it holds no video</source>
        <translation>영상이 없음</translation>
    </message>
    <message>
        <source>it holds no video, but a picture as its cover</source>
        <translation>영상은 없고 표지 그림만 있음</translation>
    </message>
    <message>
        <source>nothing here can decode its video</source>
        <translation>이 영상을 디코딩할 수 있는 것이 없음</translation>
    </message>
    <message>
        <source>the stream ended</source>
        <translation>스트림이 끝남</translation>
    </message>
    <message>
        <source>the stream broke: %1</source>
        <translation>스트림이 끊김: %1</translation>
    </message>
    <message>
        <source>cannot connect: %1</source>
        <translation>연결할 수 없음: %1</translation>
    </message>
    <message>
        <source>%1 cannot be reached within %2 s</source>
        <translation>%2초 안에 %1에 연결되지 않음</translation>
    </message>
    <message>
        <source>the connection broke: %1</source>
        <translation>연결이 끊김: %1</translation>
    </message>
    <message>
        <source>the camera ended the connection</source>
        <translation>카메라가 연결을 끊음</translation>
    </message>
    <message>
        <source>the camera does not answer %1 within %2 s</source>
        <translation>카메라가 %2초 안에 %1에 응답하지 않음</translation>
    </message>
    <message>
        <source>the camera answers %1 with %2</source>
        <translation>카메라가 %1에 %2(으)로 응답함</translation>
    </message>
    <message>
        <source>the camera refuses this user or password</source>
        <translation>카메라가 이 사용자 또는 비밀번호를 거부함</translation>
    </message>
    <message>
        <source>the camera wants a user and a password in its URL</source>
        <translation>카메라 URL에 사용자와 비밀번호가 필요함</translation>
    </message>
    <message>
        <source>the camera sends us on more than %1 times</source>
        <translation>카메라가 %1번 넘게 다른 주소로 보냄</translation>
    </message>
    <message>
        <source>the camera sends us on to %1, which is no RTSP</source>
        <translation>카메라가 RTSP가 아닌 %1(으)로 보냄</translation>
    </message>
    <message>
        <source>the camera sends us on to %1, which is no HTTP</source>
        <translation>카메라가 HTTP가 아닌 %1(으)로 보냄</translation>
    </message>
    <message>
        <source>it answers with a web page, which is no video</source>
        <translation>영상이 아닌 웹 페이지로 응답함</translation>
    </message>
    <message>
        <source>a picture has more than %1 bytes</source>
        <translation>그림이 %1바이트보다 큼</translation>
    </message>
    <message>
        <source>pictures of %1x%2 px are too small</source>
        <translation>%1x%2픽셀 그림은 너무 작음</translation>
    </message>
    <message>
        <source>the camera offers no video</source>
        <translation>카메라가 제공하는 영상이 없음</translation>
    </message>
    <message>
        <source>the camera sets up no session</source>
        <translation>카메라가 세션을 만들지 않음</translation>
    </message>
    <message>
        <source>the camera has sent nothing for %1 s</source>
        <translation>%1초 동안 카메라가 아무것도 보내지 않음</translation>
    </message>
    <message>
        <source>there are no two free neighbouring UDP ports</source>
        <translation>비어 있는 연속된 UDP 포트 두 개가 없음</translation>
    </message>
    <message>
        <source>it does not speak RTSP but says %1</source>
        <translation>RTSP가 아니라 %1(으)로 응답함</translation>
    </message>
    <message>
        <source>it does not speak RTSP</source>
        <translation>RTSP로 응답하지 않음</translation>
    </message>
    <message>
        <source>the camera sends by UDP alone: rtspu://...</source>
        <translation>카메라가 UDP로만 보냄: rtspu://...</translation>
    </message>
    <message>
        <source>the camera sends a message of %1 bytes</source>
        <translation>카메라가 %1바이트짜리 메시지를 보냄</translation>
    </message>
    <message>
        <source>the file cannot be wound: %1</source>
        <translation>파일의 재생 위치를 옮길 수 없음: %1</translation>
    </message>
    <message>
        <source>an automatic of the camera decides this; switch that off first</source>
        <translation>카메라의 자동 기능이 정하는 값, 먼저 자동 기능을 끄세요</translation>
    </message>
    <message>
        <source>this camera has no such control</source>
        <translation>이 카메라에는 그런 항목이 없음</translation>
    </message>
    <message>
        <source>%1 is neither true nor false</source>
        <translation>%1: 참도 거짓도 아님</translation>
    </message>
    <message>
        <source>%1 is none of %2</source>
        <translation>%1: 다음 중 하나가 아님: %2</translation>
    </message>
    <message>
        <source>%1 is no number</source>
        <translation>%1: 숫자가 아님</translation>
    </message>
    <message>
        <source>%1 is not within %2 to %3</source>
        <translation>%1: %2 ~ %3 범위를 벗어남</translation>
    </message>
    <message>
        <source>%1 is no whole number</source>
        <translation>%1: 정수가 아님</translation>
    </message>
    <message>
        <source>size and fps</source>
        <translation>크기와 프레임 속도</translation>
    </message>
    <message>
        <source>this source has its own</source>
        <translation>이 소스가 정한 대로임</translation>
    </message>
    <message>
        <source>width and height</source>
        <translation>너비와 높이</translation>
    </message>
    <message>
        <source>only together</source>
        <translation>함께 정해야 함</translation>
    </message>
    <message>
        <source>only that of H.264 can be set</source>
        <translation>H.264의 비트레이트만 바꿀 수 있음</translation>
    </message>
    <message>
        <source>it comes from the source as it is</source>
        <translation>소스에서 온 그대로 보냄</translation>
    </message>
</context>
<context>
    <name>Recording</name>
    <message>
        <source>the recording ended: %1</source>
        <translation>녹화가 끝났습니다: %1</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>녹화</translation>
    </message>
    <message>
        <source>Record what is sent to a file (Ctrl+R)</source>
        <translation>전송되는 영상을 파일로 녹화 (Ctrl+R)</translation>
    </message>
    <message>
        <source>Raw pictures cannot be recorded: publish h264</source>
        <translation>원시 영상은 녹화할 수 없습니다: h264로 내보내세요</translation>
    </message>
    <message>
        <source>waiting for a keyframe</source>
        <translation>키프레임을 기다리는 중</translation>
    </message>
</context>
<context>
    <name>SendingForm</name>
    <message>
        <source>now aims at %1 Mbit/s</source>
        <translation>현재 목표 %1 Mbit/s</translation>
    </message>
    <message>
        <source>Transmission</source>
        <translation>전송</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>크기</translation>
    </message>
    <message>
        <source>Frame rate</source>
        <translation>프레임 속도</translation>
    </message>
    <message>
        <source>Bitrate limit</source>
        <translation>비트레이트 한도</translation>
    </message>
    <message>
        <source>Send a keyframe now</source>
        <translation>키프레임 보내기</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>age %1</source>
        <translation>지연 %1</translation>
    </message>
    <message>
        <source>lost in 1 min: %1</source>
        <translation>1분간 손실: %1</translation>
    </message>
    <message>
        <source>viewers: %1</source>
        <translation>시청자: %1</translation>
    </message>
    <message>
        <source>no signal for %1</source>
        <translation>%1째 신호 없음</translation>
    </message>
</context>
<context>
    <name>Switch</name>
    <message>
        <source>on</source>
        <translation>켬</translation>
    </message>
    <message>
        <source>off</source>
        <translation>끔</translation>
    </message>
</context>
<context>
    <name>Texts</name>
    <message>
        <source>%1 %2</source>
        <translation>%2 %1</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1초</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1분</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1시간</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>알 수 없음</translation>
    </message>
    <message>
        <source>sending</source>
        <translation>전송 중</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>정지됨</translation>
    </message>
    <message>
        <source>no signal</source>
        <translation>신호 없음</translation>
    </message>
    <message>
        <source>no signal for %1</source>
        <translation>%1째 신호 없음</translation>
    </message>
    <message>
        <source>no pictures arrive</source>
        <translation>영상이 도착하지 않음</translation>
    </message>
</context>
<context>
    <name>Transmission</name>
    <message>
        <source>Start or stop the transmission (Space)</source>
        <translation>전송 시작 또는 정지 (스페이스)</translation>
    </message>
    <message>
        <source>to be sent</source>
        <translation>전송</translation>
    </message>
    <message>
        <source>to be stopped</source>
        <translation>정지</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>알 수 없음</translation>
    </message>
    <message>
        <source>the camera did not obey</source>
        <translation>카메라가 요청에 따르지 않음</translation>
    </message>
    <message>
        <source>Wanted:</source>
        <translation>요청:</translation>
    </message>
    <message>
        <source>Now:</source>
        <translation>현재:</translation>
    </message>
    <message>
        <source>Starting …</source>
        <translation>시작하는 중 …</translation>
    </message>
    <message>
        <source>Stopping …</source>
        <translation>정지하는 중 …</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>시작</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>정지</translation>
    </message>
</context>
<context>
    <name>Unit</name>
    <message>
        <source>px a frame</source>
        <translation>px/프레임</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>framebus console</source>
        <translation>framebus 콘솔</translation>
    </message>
    <message>
        <source>Start or stop</source>
        <translation>전송 시작 또는 정지</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>스페이스</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>전체 화면</translation>
    </message>
    <message>
        <source>Snapshot</source>
        <translation>사진 찍기</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>녹화</translation>
    </message>
    <message>
        <source>Save log</source>
        <translation>로그 저장</translation>
    </message>
    <message>
        <source>Pause log</source>
        <translation>로그 멈춤</translation>
    </message>
    <message>
        <source>Search in log</source>
        <translation>로그 검색</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>끝내기</translation>
    </message>
    <message>
        <source>not saved: %1</source>
        <translation>저장하지 못함: %1</translation>
    </message>
    <message>
        <source>saved: %1</source>
        <translation>저장됨: %1</translation>
    </message>
</context>
</TS>
