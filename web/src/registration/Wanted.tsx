export { RegistrationWanted as default } from './Invitation';
