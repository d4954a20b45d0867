package dev.whatsit.domain.image;

import static dev.whatsit.domain.image.Samples.hex;
import static dev.whatsit.domain.image.Samples.join;
import static dev.whatsit.domain.image.Samples.latin1;
import static dev.whatsit.domain.image.Samples.patched;
import static dev.whatsit.domain.image.Verdicts.assertUnsupported;
import static dev.whatsit.domain.image.Verdicts.inspect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.whatsit.domain.image.Inspection.Reason;
import dev.whatsit.domain.image.Inspection.Refused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignFormatTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          49492a0008000000                                       | a TIFF image
          4d4d002a00000008                                       | a TIFF image
          49492b0008000000                                       | a TIFF image
          255044462d312e37                                       | a PDF document
          504b030414000600                                       | a ZIP archive
          504b0506 00000000                                      | a ZIP archive
          1f8b0800                                               | gzip data
          425a6839314159265359                                   | bzip2 data
          fd377a585a00                                           | xz data
          28b52ffd                                               | zstd data
          377abcaf271c                                           | a 7z archive
          526172211a0700                                         | a RAR archive
          526172211a070100                                       | a RAR archive
          00000100 0100                                          | an ICO icon
          00000200 0100                                          | a CUR cursor
          00000200 00000000 00000000 02000200                    | a TGA image
          00000a00 00000000 00000000 02000200                    | a TGA image
          38425053 0001                                          | a PSD image
          0000000c 6a502020 0d0a870a                             | a JPEG 2000 image
          ff4fff51                                               | a JPEG 2000 image
          0000000c 4a584c20 0d0a870a                             | a JPEG XL image
          ff0a                                                   | a JPEG XL image
          4949bc01                                               | a JPEG XR image
          1a45dfa3                                               | a WebM or Matroska video
          00000018 66747970 69736f6d 00000200 69736f6d 61766331  | an MP4 video
          00000014 66747970 71742020 00000000 71742020           | a QuickTime video
          00000008 77696465 00000000 6d646174                    | a QuickTime video
          00100000 6d6f6f76                                      | a QuickTime video
          52494646 00100000 41564920                             | an AVI video
          52494646 00100000 57415645                             | WAVE audio
          52494646 00100000 41434f4e                             | a RIFF file that is not WebP
          00010203                                               | not a known image format
          ff                                                     | not a known image format
          ffd800                                                 | not a known image format
          """)
  void inspect_knownSignature_isNamed(String bytes, String name) {
    assertThat(inspect(hex(bytes)))
        .isEqualTo(
            new Refused(
                Reason.UNSUPPORTED_FORMAT,
                "This is " + name + "; accepted are JPEG, PNG, GIF, WebP and BMP."));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          00000018 66747970 68656963 00000000 6d696631 68656963                    | a HEIC image
          00000018 66747970 6d696631 00000000 6d696631 68656963                    | a HEIC image
          00000001 66747970 00000000 00000020 68656963 00000000 6d696631 68656963  | a HEIC image
          00000018 66747970 6d696631 00000000 6d696631 61766966                    | an AVIF image
          00000018 66747970 61766966 00000000 6d696631 61766966                    | an AVIF image
          00000014 66747970 6d696631 00000000 6d696631 68656963                    | a HEIF image
          """)
  void inspect_photoOfAPhoneInAnotherFormat_isNamedWithWhatToDo(String bytes, String name) {
    assertThat(inspect(hex(bytes)))
        .isEqualTo(
            new Refused(
                Reason.UNSUPPORTED_FORMAT,
                "This is "
                    + name
                    + "; accepted are JPEG, PNG, GIF, WebP and BMP. Send it as JPEG: a phone"
                    + " converts its photos when an app or its settings ask for that."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>",
        "\u00ef\u00bb\u00bf<svg/>",
        "\r\n  <svg/>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg/>",
        "<?xml version='1.0'?><?xml-stylesheet href='a.css'?><!-- <html> --><svg viewBox='0'/>",
        "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"svg11.dtd\" [<!ENTITY a 'b'>]><svg/>",
        "<!-- a --><!-- b -->\n<svg:svg xmlns:svg='http://www.w3.org/2000/svg'/>",
        "<?xml version='1.0'?><SVG/>"
      })
  void inspect_svg_isNamed(String text) {
    assertUnsupported(latin1(text), "This is an SVG image;");
  }

  @Test
  void inspect_svgInUtf16_isNamed() {
    String text = "<?xml version='1.0' encoding='UTF-16'?><svg/>";

    assertUnsupported(join(hex("fffe"), text.getBytes(StandardCharsets.UTF_16LE)), "an SVG image");
    assertUnsupported(join(hex("feff"), text.getBytes(StandardCharsets.UTF_16BE)), "an SVG image");
  }

  @Test
  void inspect_svgBehindALongComment_isNamed() {
    assertUnsupported(latin1("<!--" + " licence".repeat(900) + "--><svg/>"), "an SVG image");
  }

  @Test
  void inspect_svgBehindMoreCommentThanIsLookedAt_isNamedXml() {
    String comment = "<!--" + "x".repeat(TextHead.MAX_BYTES) + "-->";

    assertUnsupported(latin1("<?xml version='1.0'?>" + comment + "<svg/>"), "an XML document");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          <!DOCTYPE html><html></html>          | an HTML page
          <!doctype   HTML>                     | an HTML page
          <html lang="en">                      | an HTML page
          <!-- saved --><HEAD>                  | an HTML page
          <?xml version="1.0"?><kml/>           | an XML document
          <?xml version="1.0"                   | an XML document
          <rss version="2.0">                   | an XML document
          {"source_url": "https://example.com"} | JSON
          {}                                    | JSON
          [ {"a": 1}, 2 ]                       | JSON
          [1, 2]                                | JSON
          { not json                            | plain text
          [see below]                           | plain text
          < 5 apples                            | plain text
          <!-- never closed                     | plain text
          Hello, world                          | plain text
          RIFF is a container format            | plain text
          shortftypmoovmdat                     | plain text
          """)
  void inspect_text_isNamed(String text, String name) {
    assertUnsupported(latin1(text), "This is " + name + ";");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Привет, мир", "日本語のテキスト", "naïve café", " ", "\n"})
  void inspect_textOfAnyLanguage_isNamedText(String text) {
    assertUnsupported(text.getBytes(StandardCharsets.UTF_8), "plain text");
  }

  @Test
  void inspect_textCutInTheMiddleOfACharacter_isNamedText() {
    byte[] bytes = "a".repeat(TextHead.MAX_BYTES - 1).concat("日本").getBytes(StandardCharsets.UTF_8);

    assertUnsupported(bytes, "plain text");
  }

  @Test
  void inspect_nothing_isNamedEmpty() {
    assertUnsupported(new byte[0], "This is empty;");
  }

  @Test
  void inspect_tar_isNamed() {
    assertUnsupported(patched(new byte[512], 257, latin1("ustar")), "a tar archive");
  }

  @Test
  void inspect_realArchives_areNamed() throws IOException {
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      out.putNextEntry(new ZipEntry("word/document.xml"));
      out.write(latin1("<w/>"));
    }
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
      out.write(latin1("<svg/>"));
    }

    assertUnsupported(zip.toByteArray(), "a ZIP archive");
    assertUnsupported(gzip.toByteArray(), "gzip data");
  }
}
