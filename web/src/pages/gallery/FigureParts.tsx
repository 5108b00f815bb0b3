import { SpeakerList } from '../../invited/Speakers';
import { OpenRoom } from '../../overview/OpenRooms';
import { OverviewRow } from '../../overview/OverviewRow';
import { StatsList } from '../../overview/OverviewFigures';
import { AudienceList, InteractionList } from '../../reports/AudienceFigures';
import { WatcherTable } from '../../reports/Watchers';
import { room, sessions } from './fixtures';
import { attendees, audience, interaction, speakers, stats } from './figures';
import classes from './GalleryPage.module.css';
import { Piece } from './Piece';

/** What is counted, and all rooms at once. */
export function FigureParts() {
  return (
    <>
      <Piece name="Overview, figures" wide><StatsList figures={stats} /></Piece>
      <Piece name="Overview, sessions" wide>
        <ul className={classes.list}>
          {Object.values(sessions).map((session) => (
            <OverviewRow key={session.id} session={session} />
          ))}
          <OpenRoom room={{ ...room, active_session_id: sessions.live.id }} />
        </ul>
      </Piece>
      <Piece name="Report, audience" wide><AudienceList figures={audience} /></Piece>
      <Piece name="Report, what was said" wide><InteractionList figures={interaction} /></Piece>
      <Piece name="Report, replay" wide>
        <h2 id="watchers" data-verbatim>
          Replay
        </h2>
        <WatcherTable list={attendees} />
      </Piece>
      <Piece name="Speakers" wide><SpeakerList speakers={speakers} /></Piece>
    </>
  );
}
