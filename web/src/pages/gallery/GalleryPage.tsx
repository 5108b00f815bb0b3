import { Button, Title } from '@mantine/core';
import { useState } from 'react';
import { Fault, Unreachable } from '../../api/envelope';
import { Chat, type ChatProps } from '../../components/Chat';
import { ConnectionWords } from '../../components/ConnectionWords';
import { CopyField } from '../../components/CopyField';
import listing from '../../components/Listing.module.css';
import { LiveBadge, RecordingSign } from '../../components/LiveBadge';
import { Shell } from '../../components/Shell';
import { Empty, FaultState, LoadingRows } from '../../components/states';
import { ViewerCount } from '../../components/ViewerCount';
import { PanelWords } from '../../i18n/PanelWords';
import { useText } from '../../i18n/text';
import type { DeviceFault } from '../../media/faults';
import { PollCard } from '../../polls/PollCard';
import { PollForm } from '../../polls/PollForm';
import { PollProblem } from '../../polls/PollProblem';
import { QuestionCard } from '../../questions/QuestionCard';
import { QuestionProblem } from '../../questions/QuestionProblem';
import { Outbox } from '../../realtime/outbox';
import { draftOf } from '../../registration/draft';
import { Done } from '../../registration/Done';
import { FieldEditor } from '../../registration/FieldEditor';
import { form, registered, registrations } from '../../registration/fixtures';
import { RegisterForm } from '../../registration/RegisterForm';
import { RegistrantRow } from '../../registration/RegistrantRow';
import { streams, target } from '../../streaming/fixtures';
import { TargetRow } from '../../streaming/RoomTargets';
import { StreamRow } from '../../streaming/StudioStreams';
import { People } from '../ReportPage';
import { SessionRow } from '../RoomPage';
import { RoomRow } from '../RoomsPage';
import { Backstage } from '../studio/Backstage';
import { Countdown } from '../studio/Countdown';
import { DeviceHelp } from '../studio/Devices';
import { RecordingLines } from '../studio/EndedStudio';
import studioClasses from '../studio/Studio.module.css';
import { studioLink } from '../studio/words';
import { After, ReplayList } from '../watch/After';
import { Before, Quiet } from '../watch/Before';
import { audienceLink, type Picture } from '../watch/link';
import { NameForm } from '../watch/NameForm';
import { chat, local, people, polls, questions, recordings, room, sessions } from './fixtures';
import { FigureParts } from './FigureParts';
import classes from './GalleryPage.module.css';
import { Piece } from './Piece';

const nothing = () => undefined;
const faults: DeviceFault[] = ['refused', 'systemBlock', 'busy', 'missing', 'insecure', 'other'];
const pictures: Picture[] = ['connecting', 'playing', 'waitingForHost', 'delayed', 'reconnecting'];

/** Every part in every state, for those who build it and for the camera. Its own headings are not translated. */
export default function GalleryPage() {
  return (
    <PanelWords>
      <Shell title="studio.title" wide>
        <Title order={1} mb="lg" data-verbatim>
          Gallery
        </Title>
        <div className={classes.grid}>
          <States />
          <Signs />
          <Lists />
          <Talk />
          <PollParts />
          <RegistrationParts />
          <StudioParts />
          <StreamingParts />
          <AudienceParts />
          <FigureParts />
        </div>
      </Shell>
    </PanelWords>
  );
}

function States() {
  const fault = (status: number, code: string) => new Fault(status, { code, message: '', request_id: 'req-7f3a' });
  return (
    <>
      <Piece name="Loading"><LoadingRows /></Piece>
      <Piece name="Empty"><Empty title="rooms.empty" text="rooms.empty.text" /></Piece>
      <Piece name="Unreachable"><FaultState error={new Unreachable(null)} retry={nothing} /></Piece>
      <Piece name="Forbidden"><FaultState error={fault(403, 'forbidden')} /></Piece>
      <Piece name="Not found"><FaultState error={fault(404, 'not_found')} /></Piece>
      <Piece name="Signed out"><FaultState error={fault(401, 'unauthenticated')} /></Piece>
      <Piece name="Error"><FaultState error={fault(500, 'internal')} retry={nothing} /></Piece>
    </>
  );
}

function Signs() {
  const say = useText();
  const studio = [
    studioLink({ link: 'connecting', screen: null, ending: null }, 'connected'),
    studioLink({ link: 'connected', screen: null, ending: null }, 'connected'),
    studioLink({ link: 'connected', screen: null, ending: null }, 'reconnecting'),
    studioLink({ link: 'reconnecting', screen: null, ending: null }, 'connected'),
    studioLink({ link: 'closed', screen: null, ending: 'elsewhere' }, 'connected'),
    studioLink({ link: 'closed', screen: null, ending: null }, 'connected'),
  ];
  return (
    <>
      <Piece name="Signs">
        <div className={classes.row}>
          <LiveBadge /> <RecordingSign /> <ViewerCount count={1} /> <ViewerCount count={1431} />
        </div>
        <CopyField label={say('room.shareLink')} value="https://hall.example/w/0197-room" />
      </Piece>
      <Piece name="Connection, audience">
        {pictures.map((picture) => (
          <ConnectionWords key={picture} {...audienceLink({ seat: { phase: 'seated', seat: {} as never }, picture, hub: 'connected', streamState: 'active' })} />
        ))}
        <ConnectionWords {...audienceLink({ seat: { phase: 'away', seat: null }, picture: 'playing', hub: 'connected', streamState: 'active' })} />
        <ConnectionWords {...audienceLink({ seat: { phase: 'seated', seat: {} as never }, picture: 'playing', hub: 'reconnecting', streamState: 'active' })} />
        <ConnectionWords {...audienceLink({ seat: { phase: 'seated', seat: {} as never }, picture: 'playing', hub: 'connected', streamState: 'interrupted' })} />
      </Piece>
      <Piece name="Connection, studio">
        {studio.map((link) => (
          <ConnectionWords key={link.words} {...link} />
        ))}
      </Piece>
    </>
  );
}

function Lists() {
  return (
    <>
      <Piece name="Rooms" wide>
        <ul className={classes.list}>
          <RoomRow room={room} session={sessions.live} moment="live" isKnown />
          <RoomRow room={{ ...room, id: '2', title: 'A room whose name is so long that it has to go over more than one line on a phone' }} session={sessions.planned} moment="next" isKnown />
          <RoomRow room={{ ...room, id: '3' }} session={sessions.ended} moment="past" isKnown />
          <RoomRow room={{ ...room, id: '4' }} session={undefined} moment="next" isKnown />
          <RoomRow room={{ ...room, id: '5' }} session={undefined} moment="next" isKnown={false} />
        </ul>
      </Piece>
      <Piece name="Sessions" wide>
        <ul className={classes.list}>
          {Object.values(sessions).map((session) => (
            <SessionRow key={session.id + session.status} session={session} />
          ))}
        </ul>
      </Piece>
      <Piece name="Attendance" wide><People list={people} /></Piece>
      <Piece name="Recordings"><RecordingLines list={recordings} roomId={room.id} /></Piece>
      <Piece name="No recordings"><RecordingLines list={[]} roomId={room.id} /></Piece>
    </>
  );
}

function Talk() {
  return (
    <>
      <ChatPiece name="Chat" log={chat} closed={null} />
      <ChatPiece name="Chat, nobody wrote" log={[]} closed={null} />
      <ChatPiece name="Chat, closed" log={chat.slice(0, 1)} closed="chat.off" />
      <ChatPiece name="Chat, on its way and refused" log={chat.slice(0, 2)} closed={null} outgoing />
    </>
  );
}

function ChatPiece({ name, outgoing = false, ...chatProps }: Omit<ChatProps, 'outbox' | 'me'> & { name: string; outgoing?: boolean }) {
  const [outbox] = useState(() => {
    const refused = new Fault(403, { code: 'feature_disabled', message: '' });
    let count = 0;
    const made = new Outbox({
      send: () => (count++ === 0 ? Promise.reject(refused) : new Promise(nothing)),
      wait: () => new Promise(nothing),
    });
    if (outgoing) {
      made.add('This one was refused');
      made.add('This one is on its way');
    }
    return made;
  });
  return (
    <Piece name={name}>
      <div className={`lh-card ${classes.chat}`}>
        <Chat {...chatProps} outbox={outbox} me="linus" />
      </div>
    </Piece>
  );
}

function PollParts() {
  const nowhere = () => Promise.resolve(false);
  return (
    <>
      <Piece name="Question, to vote"><QuestionCard question={questions.open} vote={nowhere} /></Piece>
      <Piece name="Question, pinned and answered"><QuestionCard question={questions.answered} vote={nowhere} /></Piece>
      <Piece name="Question, waiting"><QuestionCard question={questions.waiting} vote={null}><QuestionProblem problem="soon" /></QuestionCard></Piece>
      <Piece name="Poll, to vote"><PollCard poll={polls.open} vote={nowhere} /></Piece>
      <Piece name="Poll, several answers"><PollCard poll={polls.several} vote={nowhere}><PollProblem problem="unreachable" /></PollCard></Piece>
      <Piece name="Poll, voted"><PollCard poll={polls.voted} vote={nowhere} /></Piece>
      <Piece name="Poll, results hidden"><PollCard poll={polls.hidden} vote={nowhere} /></Piece>
      <Piece name="Poll, closed"><PollCard poll={polls.closed} vote={null} /></Piece>
      <Piece name="Poll, draft"><PollCard poll={polls.draft} vote={null} /></Piece>
      <Piece name="Poll, being written"><PollForm mayOpen problem="refused" onCreate={() => Promise.resolve()} onCancel={nothing} /></Piece>
    </>
  );
}

function RegistrationParts() {
  const [choice] = draftOf(form).fields;
  return (
    <>
      <Piece name="Registration, to fill in"><RegisterForm roomId={room.id} sessionId={null} form={form} onDone={nothing} onStale={nothing} /></Piece>
      <Piece name="Registered"><Done registered={registered.approved} /></Piece>
      <Piece name="Registered, waits for approval"><Done registered={registered.pending} /></Piece>
      <Piece name="Registered, link by mail"><Done registered={registered.byMail} /></Piece>
      <Piece name="Registrants" wide>
        <ul className={listing.list}>
          {Object.values(registrations).map((each) => <RegistrantRow key={each.id} roomId={room.id} registration={each} fields={form.fields} />)}
        </ul>
      </Piece>
      {choice !== undefined && <Piece name="Question of a form"><ul className={listing.list}><FieldEditor field={choice} onChange={nothing} onRemove={nothing} onUp={nothing} onDown={nothing} /></ul></Piece>}
    </>
  );
}

function StudioParts() {
  const [counting, setCounting] = useState(false);
  return (
    <>
      <Piece name="Backstage, all works"><Backstage session={sessions.planned} local={local.works} busy={false} counting={false} onGoLive={nothing} /></Piece>
      <Piece name="Backstage, no camera"><Backstage session={{ ...sessions.planned, recording_enabled: false }} local={local.broken} busy={false} counting={false} onGoLive={nothing} /></Piece>
      <Piece name="Backstage, starting"><Backstage session={sessions.planned} local={local.works} busy counting={false} onGoLive={nothing} /></Piece>
      <Piece name="Backstage, nothing works"><Backstage session={sessions.planned} local={local.nothing} busy={false} counting={false} onGoLive={nothing} /></Piece>
      {faults.map((fault) => (
        <Piece key={fault} name={`Device: ${fault}`}>
          <DeviceHelp kind={fault === 'missing' ? 'microphone' : 'camera'} fault={fault} onRetry={nothing} />
        </Piece>
      ))}
      <Piece name="Countdown">
        <div className={`${studioClasses.picture} ${classes.picture}`}>
          {counting ? (
            <Countdown onDone={() => setCounting(false)} onStop={() => setCounting(false)} />
          ) : (
            <Button onClick={() => setCounting(true)} data-verbatim>
              Count
            </Button>
          )}
        </div>
      </Piece>
    </>
  );
}

function StreamingParts() {
  return (
    <>
      <Piece name="Other platforms" wide>
        <ul className={classes.list}>
          <TargetRow target={target} onEdit={nothing} onRemove={nothing} />
          <TargetRow target={{ ...target, stream_key: '…', public_url: null, is_enabled: false }} onEdit={nothing} onRemove={nothing} />
        </ul>
      </Piece>
      <Piece name="Streams">
        <ul className={classes.list}>{streams.map((stream) => <StreamRow key={stream.targetId} stream={stream} busy={stream.state === 'starting'} onAct={nothing} />)}</ul>
      </Piece>
    </>
  );
}

function AudienceParts() {
  return (
    <>
      <Piece name="Before" wide><Before room={room} session={sessions.planned} last={undefined} identity="viewer" /></Piece>
      <Piece name="Before, no time" wide><Before room={room} session={sessions.anytime} last={sessions.ended} identity="viewer" /></Piece>
      <Piece name="After" wide><After room={room} session={sessions.ended} next={sessions.planned} identity="viewer" /></Piece>
      <Piece name="After, nothing planned" wide><After room={room} session={{ ...sessions.ended, recording_enabled: false }} next={undefined} identity="viewer" /></Piece>
      <Piece name="Replay, ready"><ReplayList room={room} session={sessions.ended} list={recordings} /></Piece>
      <Piece name="Replay, being prepared"><ReplayList room={room} session={sessions.ended} list={recordings.slice(1, 2)} /></Piece>
      <Piece name="Replay, not released"><ReplayList room={room} session={sessions.ended} list={[]} /></Piece>
      <Piece name="Quiet" wide><Quiet room={room} /></Piece>
      <Piece name="Name"><NameForm roomId={room.id} submit="name.watch" /></Piece>
    </>
  );
}
