/** The streaming writer alone: the library as a whole takes twice as long to load. */
declare module '@protobi/exceljs/lib/stream/xlsx/workbook-writer.js' {
  import ExcelJS from '@protobi/exceljs';
  export default ExcelJS.stream.xlsx.WorkbookWriter;
}
