import { DateTime } from 'luxon';

/** When an organization is audited: from and to in minutes after midnight of its time zone, over midnight where `to` is not later. */
export interface NightWindow {
  from: number;
  to: number;
  /** IANA name. */
  zone: string;
}

/** A night is named by the local day on which its window begins, `2026-12-01`, and lasts until the next window begins. */
export type Night = string;

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/u;

/** The two ends of `22:00-05:00`, or null for another text, or for a window without length. */
export function parseWindow(text: string): Pick<NightWindow, 'from' | 'to'> | null {
  const [, fromHour, fromMinute, toHour, toMinute] = WINDOW.exec(text) ?? [];
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  return Number.isNaN(from + to) || from === to ? null : { from, to };
}

export function isTimeZone(name: string): boolean {
  return DateTime.fromMillis(0).setZone(name).isValid;
}

/** Where a clock change skips the minute, the first moment after it. */
function moment(day: DateTime, minutes: number): DateTime {
  return day.set({ hour: Math.floor(minutes / 60), minute: minutes % 60 });
}

/** Begin and end of a night's window. */
export function windowOf(night: Night, { from, to, zone }: NightWindow): { begin: Date; end: Date } {
  const day = DateTime.fromISO(night, { zone });
  return {
    begin: moment(day, from).toJSDate(),
    end: moment(to > from ? day : day.plus({ days: 1 }), to).toJSDate(),
  };
}

function shifted(night: Night, days: number): Night {
  return DateTime.fromISO(night, { zone: 'utc' }).plus({ days }).toISODate() as Night;
}

/** When the next night begins, and this one is over. */
export function endOfNight(night: Night, window: NightWindow): Date {
  return windowOf(shifted(night, 1), window).begin;
}

/** The night that is underway: the last one whose window has begun. */
export function nightAt(now: Date, window: NightWindow): Night {
  const today = DateTime.fromJSDate(now, { zone: window.zone }).toISODate() as Night;
  return now < windowOf(today, window).begin ? shifted(today, -1) : today;
}

/** The night to prepare: the one underway while its window is open, else the next. */
export function nightToCome(now: Date, window: NightWindow): Night {
  const night = nightAt(now, window);
  return now < windowOf(night, window).end ? night : shifted(night, 1);
}
